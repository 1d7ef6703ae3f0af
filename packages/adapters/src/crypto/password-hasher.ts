import { hash, verify } from "@node-rs/argon2"
import { Effect, Layer, Redacted, Semaphore } from "effect"
import { HashingBusy, normalizePassword, PasswordHasher } from "@veza/domain/accounts"

/** OWASP Password Storage: Argon2id (the library's default algorithm), 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const encodedParameters = "$argon2id$v=19$m=19456,t=2,p=1$"
/** How many callers may wait for a hashing place before more are turned away (05-decisions, "Argon2"). */
const queueLength = 32
const retryAfter = 2

/**
 * Argon2id on the thread pool, at most `places` at once, so that a flood of log-ins leaves the event loop and the disk
 * their share. Verification against no account does the same work on a dummy.
 */
export const passwordHasher = (places: number) =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const slots = yield* Semaphore.make(places)
      const dummy = yield* Effect.promise(() => hash("correct horse battery staple", parameters))
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
        hash: (password) => bounded(() => hash(normalizePassword(Redacted.value(password)), parameters)),
        verify: (password, stored) =>
          Effect.map(
            bounded(() => verify(stored ?? dummy, normalizePassword(Redacted.value(password)))),
            (matches) => ({
              matches: matches && stored !== undefined,
              outdated: stored !== undefined && !stored.startsWith(encodedParameters)
            })
          )
      })
    })
  )
