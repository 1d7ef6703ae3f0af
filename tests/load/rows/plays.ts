import { randomUUID } from "node:crypto"
import { Effect, Layer } from "effect"
import { idsCrypto, secretsCrypto, sha256Crypto } from "@veza/adapters/crypto"
import { Database, postgresPorts } from "@veza/adapters/postgres"
import { rollUpPlays } from "@veza/domain/tracks"
import { connect } from "../../support/database.ts"
import { compare } from "../support/compare.ts"
import { account } from "../support/data.ts"
import { comparisonLines, type Row } from "../support/row.ts"

const connections = 16
const events = 1_000_000
const batch = 20_000
const listeners = 50_000
const days = 360

const heard = { busy: randomUUID(), empty: randomUUID() }

const addTracks = Effect.gen(function* () {
  const { sql } = yield* Database
  for (const [name, id] of Object.entries(heard)) {
    yield* sql`
      INSERT INTO tracks (id, user_id, title, is_public, downloadable, status, scan_status, format, size_bytes,
        content_hash, storage_backend, storage_key, duration_ms, created_at, updated_at)
      VALUES (${id}, ${account.id}, ${name}, false, true, 'ready', 'clean', 'wav', 1, ${id}, 'local', ${id}, 180000,
        now(), now())`
  }
})

/** A million plays of one track, spread over a year and many listeners, as reports leave them. */
const addPlays = Effect.gen(function* () {
  const { sql } = yield* Database
  for (let from = 0; from < events; from += batch) {
    yield* sql`
      WITH made AS (
        SELECT (lpad(to_hex(n), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid AS id,
          now() - (1 - n::float8 / ${events}::int) * ${days}::int * interval '1 day' AS at,
          md5('listener ' || (hashint4(n) & 2147483647) % ${listeners}::int)::uuid AS user_id
        FROM generate_series(${from}::int, ${from + batch - 1}::int) AS n),
      appended AS (
        INSERT INTO play_events (id, at, track_id, kind, day, user_id)
        SELECT id, at, ${heard.busy}::uuid, 'play', (at AT TIME ZONE 'UTC')::date, user_id FROM made RETURNING *)
      INSERT INTO play_pending (id, track_id, kind, day, user_id) SELECT id, track_id, kind, day, user_id FROM appended`
  }
  yield* sql`ANALYZE`
})

const check = Effect.gen(function* () {
  const { sql } = yield* Database
  const [counted] = yield* sql<{ plays: number; days: number }>`
    SELECT sum(plays)::int AS plays, count(*)::int AS days FROM track_play_days WHERE track_id = ${heard.busy}`
  if (counted?.plays !== events) throw new Error(`The roll-up counted ${counted?.plays} of ${events} plays.`)
  return counted.days
})

const ports = (url: string) =>
  postgresPorts.pipe(
    Layer.provideMerge(connect(url, 6)),
    Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto, sha256Crypto))
  )

const prepare = Effect.gen(function* () {
  yield* addTracks
  yield* addPlays
  const begun = performance.now()
  yield* rollUpPlays()
  const seconds = (performance.now() - begun) / 1000
  return { seconds, days: yield* check }
})

/** How fast a million plays enter the counts, and what the statistics of a track with them cost beside those of one without. */
export const plays: Row = async (world, options) => {
  const rolledUp = await Effect.runPromise(prepare.pipe(Effect.provide(ports(world.databaseUrl)), Effect.scoped))
  const server = await world.server("api")
  const headers = { Authorization: `Bearer ${await world.token(server)}` }
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10)
  const side = (name: string, id: string, period: string) => ({
    name,
    server,
    target: { path: `/api/v1/tracks/${id}/stats${period}`, connections, headers }
  })
  const year = `?from=${day(365)}&to=${day(0)}`
  const [empty, busy] = [side("a track without plays", heard.empty, year), side("one with a million", heard.busy, year)]
  const result = await compare(options, empty, busy)
  return {
    title: `GET /tracks/:id/stats of its owner, ${rolledUp.days} days of ${events} plays`,
    lines: [
      `roll-up: ${Math.round(events / rolledUp.seconds)} plays/s (${rolledUp.seconds.toFixed(1)} s in all)`,
      ...comparisonLines(result, empty, busy)
    ],
    goals: [],
    data: { rolledUp, result }
  }
}
