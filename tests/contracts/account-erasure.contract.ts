import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import {
  AccountErasure,
  AccountRecords,
  anonymousNames,
  MailTokens,
  Sessions,
  UserAdministration,
  Users
} from "@veza/domain/accounts"
import { type Ids, Secrets, type UserId } from "@veza/domain/kernel"
import { addSession, addUser, at, longAgo, newUser } from "./samples.ts"

const anonymous = (id: UserId) => ({ ...anonymousNames(id), passwordHash: "nobody knows" })
const erase = (id: UserId, seconds = 0) =>
  AccountErasure.use((erasure) => erasure.anonymise(id, anonymous(id), at(seconds)))
const addMailToken = Effect.fnUntraced(function* (userId: UserId) {
  const { digest } = yield* (yield* Secrets).issue
  yield* (yield* MailTokens).add({ digest, purpose: "reset_password", userId, expiresAt: at(60) })
  return digest
})

type Ports = AccountErasure | AccountRecords | MailTokens | Sessions | UserAdministration | Users | Secrets | Ids

/** What every store of accounts does when somebody takes their data along, or goes. */
export const accountErasureContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`AccountErasure and AccountRecords: ${name}`, (it) => {
    it.effect("takes the person out of an account once, however many try", () =>
      Effect.gen(function* () {
        const user = yield* addUser({ isVerified: true, birthdate: "2000-01-01" })
        const won = yield* Effect.all(
          Array.from({ length: 6 }, () => erase(user.id)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(won.filter((one) => one).length, 1)
        const users = yield* Users
        const left = Option.getOrThrow(yield* users.byId(user.id))
        assert.deepInclude(left, {
          ...anonymousNames(user.id),
          displayName: null,
          birthdate: null,
          isActive: false,
          tokenVersion: 1
        })
        assert.deepStrictEqual(yield* users.passwordHashOf(user.id), Option.some("nobody knows"))
      })
    )

    it.effect("frees the address and the name", () =>
      Effect.gen(function* () {
        const user = yield* addUser({ isVerified: true })
        yield* erase(user.id)
        const users = yield* Users
        assert.isFalse(yield* users.hasVerified(user.email))
        const heir = yield* newUser({ email: user.email, username: user.username, isVerified: true })
        yield* users.add(heir, longAgo)
        assert.strictEqual(Option.getOrThrow(yield* users.credentialsOf(user.email)).user.id, heir.id)
      })
    )

    it.effect("removes what was mailed to one account, and to no other", () =>
      Effect.gen(function* () {
        const [gone, other] = [yield* addUser(), yield* addUser()]
        const tokens = yield* MailTokens
        const [lost, kept] = [yield* addMailToken(gone.id), yield* addMailToken(other.id)]
        yield* (yield* AccountErasure).dropMailTokens(gone.id)
        assert.isTrue(Option.isNone(yield* tokens.ownerOf(lost, "reset_password", at(0))))
        assert.isTrue(Option.isSome(yield* tokens.ownerOf(kept, "reset_password", at(0))))
      })
    )

    it.effect("knows which accounts are due for the last step, and marks each once", () =>
      Effect.gen(function* () {
        const [early, late, living] = [yield* addUser(), yield* addUser(), yield* addUser()]
        yield* erase(late.id, 20)
        yield* erase(early.id, 10)
        const erasure = yield* AccountErasure
        const mine = new Set<string>([early.id, late.id, living.id])
        const due = (seconds: number) =>
          Effect.map(erasure.due(at(seconds), 10_000), (ids) => ids.filter((id) => mine.has(id)))
        assert.deepStrictEqual(yield* due(20), [early.id])
        assert.deepStrictEqual(yield* due(21), [early.id, late.id])
        assert.isTrue(yield* erasure.markAnonymised(early.id, at(30)))
        assert.isFalse(yield* erasure.markAnonymised(early.id, at(31)))
        assert.isFalse(yield* erasure.markAnonymised(living.id, at(31)))
        assert.deepStrictEqual(yield* due(40), [late.id])
      })
    )

    it.effect("forgets devices and log-ins with the last step", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        yield* addSession(id)
        yield* (yield* Users).recordLogin(id, at(1), "192.0.2.9")
        yield* (yield* Users).promoteToCreator(id, at(1))
        yield* (yield* UserAdministration).ban(id, "a reason", at(1))
        yield* erase(id)
        const erasure = yield* AccountErasure
        yield* erasure.markAnonymised(id, at(2))
        yield* addMailToken(id)
        yield* erasure.forgetTraces(id)
        const records = yield* AccountRecords
        assert.deepStrictEqual(yield* records.sessions(id, undefined, 10), [])
        assert.deepStrictEqual(yield* records.mailTokens(id, undefined, 10), [])
        assert.isNull(Option.getOrThrow(yield* records.account(id)).user.promotedToCreatorAt)
        const left = { lastLogin: undefined, loginCount: 0, ban: undefined }
        assert.deepInclude(Option.getOrThrow(yield* records.account(id)), left)
      })
    )

    it.effect("ends an administrator's being one", () =>
      Effect.gen(function* () {
        const admin = { role: "admin", isVerified: true } as const
        const [stays, gone] = [yield* addUser(admin), yield* addUser(admin)]
        yield* erase(gone.id)
        const named: ReadonlyArray<string> = yield* (yield* UserAdministration).lockAdministrators
        assert.include(named, stays.id)
        assert.notInclude(named, gone.id)
      })
    )

    it.effect("tells everything of one account, page by page, each row once", () =>
      Effect.gen(function* () {
        const [{ id }, other] = [yield* addUser(), yield* addUser()]
        yield* (yield* Users).recordLogin(id, at(1), "192.0.2.9")
        yield* (yield* UserAdministration).ban(id, "a reason", at(2))
        const sessions = yield* Effect.replicateEffect(addSession(id), 5)
        yield* addSession(other.id)
        yield* (yield* Sessions).revoke(sessions[0]?.id ?? assert.fail(), id, "logout", at(3))
        yield* Effect.replicateEffect(addMailToken(id), 3)
        const records = yield* AccountRecords

        const account = Option.getOrThrow(yield* records.account(id))
        assert.deepInclude(account, {
          lastLogin: { at: at(1), ip: "192.0.2.9" },
          loginCount: 1,
          ban: { at: at(2), reason: "a reason" }
        })
        const first = yield* records.sessions(id, undefined, 3)
        const rest = yield* records.sessions(id, first.at(-1), 3)
        assert.deepStrictEqual(
          [...first, ...rest].map((session) => session.id),
          sessions.map((session) => session.id).toSorted()
        )
        const ended = [...first, ...rest].filter(({ revoked }) => revoked !== undefined)
        assert.deepStrictEqual(
          ended.map(({ revoked }) => revoked),
          [{ at: at(3), reason: "logout" }]
        )
        const links = yield* records.mailTokens(id, undefined, 2)
        assert.strictEqual(links.length, 2)
        const [last, ...none] = yield* records.mailTokens(id, links.at(-1), 2)
        assert.deepInclude(last, { purpose: "reset_password", usedAt: undefined })
        assert.isTrue(DateTime.Equivalence(last?.expiresAt ?? longAgo, at(60)))
        assert.deepStrictEqual(none, [])
      })
    )
  })
