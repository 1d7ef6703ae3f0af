import { layer } from "@effect/vitest"
import { assert } from "vitest"
import { Effect, Layer } from "effect"
import { Database } from "@veza/adapters/postgres"
import { keysetSelect } from "@veza/adapters/postgres/keyset-page"
import { matching, royaltyLists } from "@veza/adapters/postgres/royalty-lists"
import { cursorAfter, planList, UserId } from "@veza/domain/kernel"
import { type RoyaltyFilter, royaltyList, type View } from "@veza/domain/royalties"
import { freshDatabaseLayer } from "../support/database.ts"

const owner = UserId.make("10000000-0000-4000-8000-000000000007")
const userOf = "('10000000-0000-4000-8000-' || lpad((n % 20)::text, 12, '0'))::uuid"
const idOf = (kind: string) => `('${kind}0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`
const months = "'20' || lpad((n / 12 % 25)::text, 2, '0') || '-' || lpad((n % 12 + 1)::text, 2, '0')"

/** Twenty people with five hundred royalties each. */
const books = Layer.effectDiscard(
  Effect.gen(function* () {
    const { sql } = yield* Database
    const statements = [
      `INSERT INTO users (id, email, username, role, is_verified, created_at, updated_at)
       SELECT ${userOf}, 'u' || n || '@example.org', 'u' || n, 'creator', true, now(), now() FROM generate_series(0, 19) AS n`,
      `INSERT INTO royalty_imports (id, sha256, file_name, size_bytes, status, period, requested_at)
       SELECT ${idOf("2")}, sha256(n::text::bytea), 'x', 1, 'imported', '2024-12', now() FROM generate_series(0, 0) AS n`,
      `INSERT INTO royalty_earnings (id, import_id, period, recording, currency, amount, amount_minor, track_id, owner_id,
         matched_at)
       SELECT ${idOf("3")}, '20000000-0000-4000-8000-000000000000', ${months}, 'QZPLN26' || lpad(n::text, 5, '0'), 'USD', 1,
         100, ${idOf("4")}, ${userOf}, now() FROM generate_series(0, 9999) AS n`,
      `INSERT INTO royalties (id, import_id, earning_id, period, platform, territory, recording, currency, title, quantity,
         line_count, amount)
       SELECT ${idOf("5")}, '20000000-0000-4000-8000-000000000000', ${idOf("3")}, ${months}, 'spotify', 'US',
         'QZPLN26' || lpad(n::text, 5, '0'), 'USD', 'x', 1, 1, 1 FROM generate_series(0, 9999) AS n`,
      `INSERT INTO royalty_claims (user_id, period, royalty_id, is_owner, share_bps)
       SELECT ${userOf}, ${months}, ${idOf("5")}, true, 10000 FROM generate_series(0, 9999) AS n`
    ]
    for (const statement of statements) yield* sql.unsafe(statement)
    yield* sql`ANALYZE`
  })
).pipe(Layer.provideMerge(freshDatabaseLayer))

const planOf = Effect.fnUntraced(function* (view: View, filter: RoyaltyFilter, cursor: string) {
  const { sql } = yield* Database
  const plan = yield* planList(royaltyList, { cursor }, filter)
  const statement = keysetSelect(sql, royaltyLists[view.of])(matching(sql, view, filter), plan)
  return JSON.stringify(yield* sql`EXPLAIN (FORMAT JSON) ${statement}`)
})

layer(books)("a list of royalties", (it) => {
  const views: ReadonlyArray<readonly [View, string]> = [
    [{ of: "all" }, "royalties_latest"],
    [{ of: "tracks", userId: owner }, "royalty_claims_pkey"],
    [{ of: "shares", userId: owner }, "royalty_claims_pkey"]
  ]
  for (const [view, index] of views) {
    it.effect(`of ${view.of} is read by an index in its order, and goes on where a page ended`, () =>
      Effect.gen(function* () {
        const first = yield* planList(royaltyList, { cursor: "" }, {})
        const key = { value: "2012-06", id: "50000000-0000-4000-8000-000000005000" }
        for (const cursor of ["", cursorAfter(royaltyList, first, {}, key)]) {
          const plan = yield* planOf(view, {}, cursor)
          assert.include(plan, `"Index Name":"${index}"`)
          assert.notInclude(plan, '"Node Type":"Sort"')
          assert.notMatch(plan, /"Seq Scan"[^{}]*"Relation Name":"royalt(?:ies|y_claims|y_earnings)"/u)
          if (cursor !== "") assert.match(plan, /"Index Cond":"[^"]*period[^"]*<[^"]*2012-06/u)
        }
      })
    )
  }
})
