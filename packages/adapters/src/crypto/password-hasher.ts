import { Effect, Layer, Redacted, Semaphore } from "effect"
import { HashingBusy, PasswordHasher } from "@veza/domain/accounts"
import { comparePassword, hashPassword, isOutdated, UnreadableHash } from "./password-schemes.ts"

/** How many callers may wait for a hashing place before more are turned away (05-decisions, "Argon2"). */
const queueLength = 32
const retryAfter = 2

/** Compares; with a hash that cannot be read, the work is done on `dummy` and the answer is undefined. */
const compare = async (password: string, stored: string, dummy: string): Promise<boolean | undefined> => {
  try {
    return await comparePassword(password, stored)
  } catch (error) {
    if (!(error instanceof UnreadableHash)) throw error
    await comparePassword(password, dummy)
    return undefined
  }
}

/**
 * Argon2id on the thread pool, at most `places` at once, so that a flood of log-ins leaves the event loop and the disk
 * their share. Verification against no account does the same work on a dummy; the old system's bcrypt hashes are
 * verified behind the same bound and reported as outdated.
 */
export const passwordHasher = (places: number) =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const slots = yield* Semaphore.make(places)
      const dummy = yield* Effect.promise(() => hashPassword("correct horse battery staple"))
      let waiting = 0
      const bounded = <A>(work: () => Promise<A>): Effect.Effect<A, HashingBusy> =>
        Effect.suspend(() => {
          if (waiting >= places + queueLength) return Effect.fail(new HashingBusy({ retryAfter }))
          waiting++
          return slots.withPermit(Effect.promise(work)).pipe(
            Effect.ensuring(
              Effect.sync(() => {
                waiting--
              })
            )
          )
        })
      return PasswordHasher.of({
        hash: (password) => bounded(() => hashPassword(Redacted.value(password))),
        verify: Effect.fnUntraced(function* (password, stored) {
          const matches = yield* bounded(() => compare(Redacted.value(password), stored ?? dummy, dummy))
          if (matches === undefined) yield* Effect.logError("a stored password hash cannot be read")
          return {
            matches: matches === true && stored !== undefined,
            outdated: stored !== undefined && isOutdated(stored)
          }
        })
      })
    })
  )
