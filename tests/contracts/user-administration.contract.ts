import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option, Record } from "effect"
import {
  type AdministeredUser,
  type User,
  UserAdministration,
  type UserFilter,
  userList,
  Users,
  type UserSort
} from "@veza/domain/accounts"
import { cursorAfter, type Ids, type ListQuery, planList, Transaction } from "@veza/domain/kernel"
import { addUser, at, newUser, newUserId } from "./samples.ts"

const list = Effect.fnUntraced(function* (filter: UserFilter, query: ListQuery) {
  const plan = yield* planList(userList, query, filter)
  return { plan, page: yield* (yield* UserAdministration).list(filter, plan) }
})
const idsIn = (filter: UserFilter) =>
  Effect.map(list(filter, { limit: 100 }), ({ page }) => page.items.map(({ user }) => user.id))

/** Follows the cursors of a list from its beginning to its end, as a client does. */
const walk = Effect.fnUntraced(function* (filter: UserFilter, query: ListQuery) {
  const items: Array<AdministeredUser> = []
  let cursor = ""
  for (let i = 0; i < 100; i++) {
    const { plan, page } = yield* list(filter, { ...query, cursor })
    items.push(...page.items)
    if (page.next === undefined) return items
    cursor = cursorAfter(userList, plan, filter, page.next)
  }
  return assert.fail("the list has no end")
})

const sortValue: Record<UserSort, (user: User) => string> = {
  created_at: (user) => DateTime.formatIso(user.createdAt),
  username: (user) => user.username,
  email: (user) => user.email
}

/** A beginning that nobody else's name has. */
const newPrefix = Effect.map(newUserId, (id) => `p${id.slice(0, 8)}`)
const many = Effect.fnUntraced(function* (prefix: string) {
  for (const [i, ending] of ["b", "a", "c-1", "c.2", "Z", "_"].entries()) {
    yield* addUser({ username: `${prefix}${ending}`, createdAt: at(i % 2) })
  }
})

const roleOf = Effect.fnUntraced(function* (id: User["id"]) {
  return Option.getOrThrow(yield* (yield* Users).byId(id))
})

/** What every store does for those who administrate accounts. */
export const userAdministrationContract = <E>(
  name: string,
  adapter: Layer.Layer<UserAdministration | Users | Transaction | Ids, E>
) =>
  layer(adapter)(`UserAdministration: ${name}`, (it) => {
    it.effect("lists in every sort and direction, by cursors and by pages", () =>
      Effect.gen(function* () {
        const prefix = yield* newPrefix
        yield* many(prefix)
        const all = (yield* list({ prefix }, { limit: 100 })).page.items
        assert.lengthOf(all, 6)
        for (const sort of Record.keys(userList.sorts)) {
          const rising = all
            .map(({ user }) => ({ value: Buffer.from(sortValue[sort](user)).toString("hex"), id: user.id }))
            .toSorted((a, b) => (a.value === b.value ? (a.id < b.id ? -1 : 1) : a.value < b.value ? -1 : 1))
            .map(({ id }) => id)
          for (const [order, expected] of [["asc", rising] as const, ["desc", rising.toReversed()] as const]) {
            for (const limit of [1, 4, 6]) {
              const walked = yield* walk({ prefix }, { sort, order, limit })
              assert.deepStrictEqual(
                walked.map(({ user }) => user.id),
                expected,
                `${sort} ${order} by ${limit}`
              )
            }
            const second = yield* list({ prefix }, { sort, order, limit: 4, page: 2 })
            assert.deepStrictEqual(
              second.page.items.map(({ user }) => user.id),
              expected.slice(4)
            )
            assert.deepStrictEqual(second.page.counted, { page: 2, total: 6, isLowerBound: false })
          }
        }
      })
    )

    it.effect("finds by what username or address begins with, whatever its case; wildcards mean themselves", () =>
      Effect.gen(function* () {
        const prefix = yield* newPrefix
        const byName = yield* addUser({ username: `${prefix}_x`, createdAt: at(1) })
        const byAddress = yield* addUser({ email: `${prefix}%\\@example.org`, createdAt: at(2) })
        yield* addUser({ username: `x${prefix}` })
        assert.deepStrictEqual(yield* idsIn({ prefix: prefix.toUpperCase() }), [byAddress.id, byName.id])
        assert.deepStrictEqual(yield* idsIn({ prefix: `${prefix}_` }), [byName.id])
        assert.deepStrictEqual(yield* idsIn({ prefix: `${prefix}%` }), [byAddress.id])
        assert.deepStrictEqual(yield* idsIn({ prefix: `${prefix}%\\` }), [byAddress.id])
        assert.deepStrictEqual(yield* idsIn({ prefix: `%${prefix}` }), [])
      })
    )

    it.effect("filters by role, ban and verification", () =>
      Effect.gen(function* () {
        const prefix = yield* newPrefix
        const named = (ending: string) => ({ username: `${prefix}${ending}` })
        const plain = yield* addUser({ ...named("a"), createdAt: at(1) })
        const artist = yield* addUser({ ...named("b"), role: "artist", isVerified: true, createdAt: at(2) })
        yield* (yield* UserAdministration).ban(artist.id, "spam", at(3))
        assert.deepStrictEqual(yield* idsIn({ prefix, role: "artist" }), [artist.id])
        assert.deepStrictEqual(yield* idsIn({ prefix, isBanned: true }), [artist.id])
        assert.deepStrictEqual(yield* idsIn({ prefix, isBanned: false }), [plain.id])
        assert.deepStrictEqual(yield* idsIn({ prefix, isVerified: true }), [artist.id])
        assert.deepStrictEqual(yield* idsIn({ prefix, isVerified: false, role: "user" }), [plain.id])
        assert.deepStrictEqual(yield* idsIn({ prefix, isVerified: false, isBanned: true }), [])
      })
    )

    it.effect("shows an account with its log-ins, and finds it by username whatever its case", () =>
      Effect.gen(function* () {
        const { id, username } = yield* addUser()
        yield* (yield* Users).recordLogin(id, at(9), "192.0.2.7")
        const administration = yield* UserAdministration
        const found = Option.getOrThrow(yield* administration.byId(id))
        assert.deepInclude(found, { bannedAt: null, banReason: null, loginCount: 1 })
        assert.isTrue(found.lastLoginAt !== null && DateTime.Equivalence(found.lastLoginAt, at(9)))
        assert.strictEqual(Option.getOrThrow(yield* administration.byUsername(username.toUpperCase())).id, id)
        assert.isTrue(Option.isNone(yield* administration.byId(yield* newUserId)))
        assert.isTrue(Option.isNone(yield* administration.byUsername((yield* newUser()).username)))
      })
    )

    it.effect("gives a role once, however many ask: the tokens die, the date of a self-upgrade stays", () =>
      Effect.gen(function* () {
        const administration = yield* UserAdministration
        const { id } = yield* addUser()
        const before = yield* Effect.replicateEffect(administration.setRole(id, "producer"), 8, {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          before.filter(Option.isSome).map(({ value }) => value),
          ["user"]
        )
        assert.deepInclude(yield* roleOf(id), { role: "producer", tokenVersion: 1, promotedToCreatorAt: null })
        assert.isTrue(Option.isNone(yield* administration.setRole(yield* newUserId, "label")))
      })
    )

    it.effect("bans once and ends the ban once, however many ask", () =>
      Effect.gen(function* () {
        const administration = yield* UserAdministration
        const { id } = yield* addUser()
        const count = (verdicts: ReadonlyArray<boolean>) => verdicts.filter((won) => won).length
        const atOnce = (work: Effect.Effect<boolean>) =>
          Effect.map(Effect.replicateEffect(work, 8, { concurrency: "unbounded" }), count)
        assert.strictEqual(yield* atOnce(administration.ban(id, "spam", at(3))), 1)
        const banned = Option.getOrThrow(yield* administration.byId(id))
        assert.isTrue(banned.user.isBanned)
        assert.strictEqual(banned.banReason, "spam")
        assert.isTrue(banned.bannedAt !== null && DateTime.Equivalence(banned.bannedAt, at(3)))
        assert.strictEqual(yield* atOnce(administration.unban(id)), 1)
        const free = Option.getOrThrow(yield* administration.byId(id))
        assert.deepInclude(free, { bannedAt: null, banReason: null })
        assert.isFalse(free.user.isBanned)
      })
    )

    it.effect("tells which administrators can act, one transaction after the other", () =>
      Effect.gen(function* () {
        const administration = yield* UserAdministration
        const admin = { role: "admin", isVerified: true } as const
        const [first, second, banned] = [yield* addUser(admin), yield* addUser(admin), yield* addUser(admin)]
        yield* addUser({ role: "admin" })
        yield* administration.ban(banned.id, "spam", at(1))
        const mine = Effect.map(administration.lockAdministrators, (ids) =>
          ids.filter((id) => [first.id, second.id, banned.id].includes(id))
        )
        assert.sameMembers([...(yield* mine)], [first.id, second.id])
        // Each takes one away unless it is the last: of two at once the second must see what the first has done.
        const takeAway = Effect.fnUntraced(function* (id: User["id"]) {
          const left = yield* mine
          if (left.length > 1) yield* administration.setRole(id, "user")
        })
        const transaction = yield* Transaction
        yield* Effect.all(
          [first, second].map(({ id }) => transaction.atomically(takeAway(id))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(yield* mine, 1)
      })
    )
  })
