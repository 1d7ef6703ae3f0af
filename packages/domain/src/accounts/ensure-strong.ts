import { Effect, Redacted } from "effect"
import { WeakPassword } from "./errors.ts"
import { passwordFault } from "./password.ts"
import { AccountSettings } from "./settings.ts"

/** Refuses a new password that breaks a rule; `field` is what the caller sent it in. */
export const ensureStrong = Effect.fnUntraced(function* (
  password: Redacted.Redacted<string>,
  about: { readonly email: string; readonly username: string },
  field: WeakPassword["field"]
) {
  const { passwordMinLength: minLength, breachedPasswords: breached } = yield* AccountSettings
  const { email, username } = about
  const fault = passwordFault(Redacted.value(password), { email, username, minLength, breached })
  if (fault !== undefined) return yield* new WeakPassword({ field, fault, minLength })
})
