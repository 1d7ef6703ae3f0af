import { layer } from "@effect/vitest"
import { assert } from "vitest"
import { Effect, Layer } from "effect"
import { Database } from "@veza/adapters/postgres"
import { keysetSelect } from "@veza/adapters/postgres/keyset-page"
import { matching, publicTracks } from "@veza/adapters/postgres/track-list"
import { type ListQuery, planList, UserId } from "@veza/domain/kernel"
import { type TrackFilter, trackList } from "@veza/domain/tracks"
import { freshDatabaseLayer } from "../support/database.ts"

const owner = UserId.make("10000000-0000-4000-8000-000000000000")

/** Ten thousand tracks, one in a hundred of which has what is asked for. */
const library = Layer.effectDiscard(
  Effect.gen(function* () {
    const { sql } = yield* Database
    yield* sql`INSERT INTO users (id, email, username, role, is_verified, created_at, updated_at)
      SELECT ('10000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u' || n || '@example.org', 'u' || n, 'creator',
        true, now(), now() FROM generate_series(0, 99) AS n`
    yield* sql`INSERT INTO tracks (id, user_id, title, artist, genre, year, bpm, musical_key, tags, is_public, downloadable,
        status, scan_status, format, size_bytes, content_hash, storage_backend, storage_key, duration_ms, like_count,
        play_count, created_at, updated_at)
      SELECT ('20000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
        ('10000000-0000-4000-8000-' || lpad((n % 100)::text, 12, '0'))::uuid, 'title' || n, 'artist' || n % 100,
        'genre' || n % 100, 1900 + n % 100, 60 + n % 100, 'k' || n % 100, ARRAY['tag' || n % 100, 'all'], true, false, 'ready',
        'clean', 'flac', 1, n::text, 'local', n::text, n, n % 1000, n % 777, now() - n * interval '1 minute', now()
      FROM generate_series(1, 10000) AS n`
    yield* sql`ANALYZE tracks`
  })
).pipe(Layer.provideMerge(freshDatabaseLayer))

const indexesOf = Effect.fnUntraced(function* (filter: TrackFilter, query: ListQuery) {
  const { sql } = yield* Database
  const statement = keysetSelect(sql, publicTracks)(matching(sql, filter), yield* planList(trackList, query, filter))
  const plan = JSON.stringify(yield* sql`EXPLAIN (FORMAT JSON) ${statement}`)
  return { indexes: [...plan.matchAll(/"Index Name":"([^"]*)"/gu)].map(([, name]) => name), plan }
})

layer(library)("the public list reads by an index", (it) => {
  const cases: ReadonlyArray<readonly [string, TrackFilter, ListQuery, string]> = [
    ["the newest", {}, {}, "tracks_public_created_at"],
    ["by title", {}, { sort: "title", order: "asc" }, "tracks_public_title"],
    ["by plays", {}, { sort: "plays" }, "tracks_public_plays"],
    ["by likes", {}, { sort: "likes" }, "tracks_public_likes"],
    ["by duration", {}, { sort: "duration" }, "tracks_public_duration"],
    ["of an owner", { userId: owner }, {}, "tracks_public_user"],
    ["of a genre", { genre: "genre7" }, {}, "tracks_public_genre"],
    ["of an artist", { artist: "artist7" }, {}, "tracks_public_artist"],
    ["in a key", { musicalKey: "k7" }, {}, "tracks_public_key"],
    ["of a speed", { bpm: { from: 70, to: 70 } }, {}, "tracks_public_bpm"],
    ["of a year", { year: { from: 1999 } }, {}, "tracks_public_year"],
    ["with a tag", { tags: ["TAG7"] }, {}, "tracks_public_tags"],
    ["with a word", { words: ["title77"] }, {}, "tracks_public_search"]
  ]
  for (const [name, filter, query, index] of cases) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { indexes, plan } = yield* indexesOf(filter, query)
        assert.deepStrictEqual(indexes, [index], plan)
        assert.notInclude(plan, "Seq Scan")
      })
    )
  }
})
