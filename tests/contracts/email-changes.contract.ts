import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { EmailChanges, MailTokens, Users } from "@veza/domain/accounts"
import { type Ids, Secrets, Transaction, type UserId } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const verified = addUser({ isVerified: true })
const newDigest = Effect.map(
  Secrets.use((secrets) => secrets.issue),
  ({ digest }) => digest
)
const propose = Effect.fnUntraced(function* (userId: UserId, email: string) {
  const digest = yield* newDigest
  yield* (yield* EmailChanges).propose({ userId, email, digest, expiresAt: at(100) })
  return digest
})
const emailOf = (id: UserId) =>
  Effect.map(
    Users.use((users) => users.byId(id)),
    (user) => Option.getOrThrow(user).email
  )

/** What every store of changes of address does. */
export const emailChangesContract = <E>(
  name: string,
  adapter: Layer.Layer<EmailChanges | MailTokens | Users | Ids | Secrets | Transaction, E>
) =>
  layer(adapter)(`EmailChanges: ${name}`, (it) => {
    it.effect("gives a living change out once, however many try", () =>
      Effect.gen(function* () {
        const { id } = yield* verified
        const digest = yield* propose(id, "new@example.org")
        const { take } = yield* EmailChanges
        assert.isTrue(Option.isNone(yield* take(digest, at(100))))
        const taken = yield* Effect.all(
          Array.from({ length: 20 }, () => take(digest, at(99))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(taken.filter(Option.isSome), [Option.some({ userId: id, email: "new@example.org" })])
      })
    )

    it.effect("keeps the latest change of an account, until it is cancelled", () =>
      Effect.gen(function* () {
        const { id } = yield* verified
        const changes = yield* EmailChanges
        const earlier = yield* propose(id, "one@example.org")
        const later = yield* propose(id, "two@example.org")
        assert.isTrue(Option.isNone(yield* changes.take(earlier, at(1))))
        yield* changes.cancel(id)
        assert.isTrue(Option.isNone(yield* changes.take(later, at(1))))
      })
    )

    it.effect("gives a free address, and ends the links mailed to the old one", () =>
      Effect.gen(function* () {
        const { id } = yield* verified
        const [email, digest] = [`${id}@new.example`, yield* newDigest]
        const tokens = yield* MailTokens
        yield* tokens.add({ digest, purpose: "reset_password", userId: id, expiresAt: at(100) })
        assert.isTrue(yield* (yield* EmailChanges).apply({ userId: id, email }))
        assert.strictEqual(yield* emailOf(id), email)
        assert.isTrue(Option.isNone(yield* tokens.ownerOf(digest, "reset_password", at(1))))
      })
    )

    it.effect("gives an address of another account, in any case, to nobody else, also within a transaction", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* verified, yield* verified]
        const { apply } = yield* EmailChanges
        const wanted = { userId: one.id, email: other.email.toUpperCase() }
        assert.isFalse(yield* apply(wanted))
        const after = yield* (yield* Transaction).atomically(Effect.andThen(apply(wanted), emailOf(one.id)))
        assert.strictEqual(after, one.email)
      })
    )

    it.effect("gives an address that many want at once to one of them", () =>
      Effect.gen(function* () {
        const { apply } = yield* EmailChanges
        const { atomically } = yield* Transaction
        const people = yield* Effect.all(Array.from({ length: 6 }, () => verified))
        const email = `${people[0]?.id}@wanted.example`
        const won = yield* Effect.forEach(people, ({ id }) => atomically(apply({ userId: id, email })), {
          concurrency: "unbounded"
        })
        assert.strictEqual(won.filter((one) => one).length, 1)
      })
    )

    it.effect("lets either a change or a registration have an address, never both", () =>
      Effect.gen(function* () {
        const [mover, newcomer] = [yield* verified, yield* addUser()]
        const won = yield* Effect.all(
          [
            (yield* EmailChanges).apply({ userId: mover.id, email: newcomer.email }),
            (yield* Users).markVerified(newcomer.id)
          ],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(won.filter((one) => one).length, 1)
      })
    )

    it.effect("forgets changes that ended", () =>
      Effect.gen(function* () {
        const { id } = yield* verified
        const digest = yield* propose(id, "late@example.org")
        const changes = yield* EmailChanges
        assert.isAtLeast(yield* changes.forget(at(101)), 1)
        assert.isTrue(Option.isNone(yield* changes.take(digest, at(1))))
      })
    )
  })
