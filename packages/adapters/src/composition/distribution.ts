import { join } from "node:path"
import { Duration, Effect, Layer, Redacted } from "effect"
import type { Settings } from "../config.ts"
import { deriveKey } from "../crypto/keys.ts"
import { folderDistributor, noDistributor, sandboxDistributor } from "../distributor.ts"
import { installationSecret } from "./secret.ts"

/** Whom the sandbox stores take batches from: nobody registered it. */
const sandboxParty = "PADPIDA0000000000X"

const ddex = (settings: Settings) =>
  folderDistributor({
    root: settings.DDEX_OUTBOX,
    sender: settings.DDEX_PARTY_ID ?? "",
    secret: settings.DISTRIBUTION_SECRET ?? Redacted.make("")
  })

/** How this installation and its sandbox stores know one another. */
export const storesSettings = (settings: Settings) =>
  Effect.map(installationSecret(settings), (secret) => ({
    port: settings.STORES_SANDBOX_PORT,
    secret: settings.DISTRIBUTION_SECRET ?? Redacted.make(deriveKey(secret, "sandbox stores").toString("hex")),
    callbackUrl: `http://127.0.0.1:${settings.APP_PORT}`,
    delay: Duration.toMillis(settings.STORES_SANDBOX_DELAY)
  }))

const sandbox = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(storesSettings(settings), ({ port, secret }) =>
      sandboxDistributor({
        url: `http://127.0.0.1:${port}`,
        secret,
        sender: sandboxParty,
        workFolder: join(settings.VEZA_HOME, "batches")
      })
    )
  )

/** The ways to the stores by the names of DISTRIBUTOR. */
export const distributors = { ddex, sandbox, none: () => noDistributor } as const
