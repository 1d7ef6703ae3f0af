import { Effect } from "effect"
import type { Settings } from "../config.ts"
import { developmentSecret } from "./development.ts"

/** The secret that tokens are signed with and keys derived from; development makes its own. */
export const installationSecret = (settings: Settings) =>
  settings.JWT_SECRET === undefined ? developmentSecret(settings.VEZA_HOME) : Effect.succeed(settings.JWT_SECRET)
