import { Effect, Result } from "effect"
import { InvalidConfiguration, type Settings } from "../config.ts"
import { type AccessKeys, accessKeys, readSigningKey, readVerificationKey } from "../crypto.ts"

const or = <A>(variable: string, result: Result.Result<A, string>): Effect.Effect<A, InvalidConfiguration> =>
  Effect.mapError(Effect.fromResult(result), (message) => new InvalidConfiguration({ faults: [{ variable, message }] }))

/** The keys of the settings' files, if they name any. The settings have looked at them; they may be gone since. */
export const tokenKeys = Effect.fnUntraced(function* (
  settings: Settings
): Effect.fn.Return<AccessKeys | undefined, InvalidConfiguration> {
  if (settings.JWT_PRIVATE_KEY_PATH === undefined) return undefined
  const signing = yield* or("JWT_PRIVATE_KEY_PATH", readSigningKey(settings.JWT_PRIVATE_KEY_PATH))
  const others = yield* Effect.forEach(settings.JWT_PUBLIC_KEY_PATH ?? [], (path) =>
    or("JWT_PUBLIC_KEY_PATH", readVerificationKey(path))
  )
  return accessKeys(signing, others)
})
