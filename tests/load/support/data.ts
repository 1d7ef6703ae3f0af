import { randomUUID } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect, Redacted } from "effect"
import { passwordHasher } from "@veza/adapters/crypto"
import { wavHeader } from "@veza/adapters/media"
import { Database, migrate, migrationsDirectory } from "@veza/adapters/postgres"
import { PasswordHasher } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { storageKeyOf, TrackId } from "@veza/domain/tracks"
import { connect } from "../../support/database.ts"

/** The one account of the load run; it lives as long as the run's own database. */
export const account = { id: UserId.make(randomUUID()), email: "load@veza.test", password: "as-fast-as-you-can" }
/** Rows of the public list. */
export const listedTracks = 500_100
/** Rows that one statement makes, so that none outlasts its time limit. */
const batch = 20_000

const file = { trackId: TrackId.make(randomUUID()), bytes: 20_000_000 }
const storageKey = storageKeyOf(account.id, file.trackId, "wav")
export const streamed = { ...file, storageKey }

const tags = { title: "Load", artist: "Load", album: "Load", genre: "Noise", year: 2026, bpm: 120, musicalKey: "Am" }

/** A WAV file of at most `bytes` bytes: a real header, and a saw tooth of 16-bit stereo. */
export const writeWav = (path: string, bytes: number): void => {
  const shape = { sampleRate: 44_100, channels: 2, frames: Math.floor((bytes - 1024) / 4) }
  const samples = Buffer.alloc(shape.frames * 4)
  for (let at = 0; at < samples.length; at += 2) samples.writeUInt16LE((at * 7) % 65_536, at)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.concat([wavHeader(shape, tags), samples]))
}

const insertUser = Effect.gen(function* () {
  const { sql } = yield* Database
  const hash = yield* (yield* PasswordHasher).hash(Redacted.make(account.password))
  yield* sql`
    INSERT INTO users (id, email, username, password_hash, role, is_verified, created_at, updated_at)
    VALUES (${account.id}, ${account.email}, 'load', ${hash}, 'creator', true, now(), now())`
})

const insertTracks = Effect.gen(function* () {
  const { sql } = yield* Database
  const columns = sql.literal(`id, user_id, title, artist, is_public, downloadable, status, scan_status, format,
    size_bytes, content_hash, storage_backend, storage_key, duration_ms, created_at, updated_at`)
  const common = sql`'Load', true, true, 'ready', 'clean', 'wav', ${file.bytes}::float8::bigint`
  for (let from = 1; from <= listedTracks; from += batch) {
    yield* sql`
      INSERT INTO tracks (${columns})
      SELECT gen_random_uuid(), ${account.id}, 'Track ' || n, ${common}, md5(n::text), 'local', 'none/' || n, 180000,
        now() - n * interval '1 minute', now()
      FROM generate_series(${from}::int, ${Math.min(from + batch - 1, listedTracks)}::int) AS n`
  }
  yield* sql`
    INSERT INTO tracks (${columns})
    VALUES (${file.trackId}, ${account.id}, 'Streamed', ${common}, 'load', 'local', ${storageKey}, 113000,
      now() - interval '1 year', now())`
  yield* sql`ANALYZE`
})

/** The row of the public list at which `skip` rows lie before, newest first: what a cursor points at. */
export const rowAt = (databaseUrl: string, skip: number) =>
  Effect.flatMap(
    Database,
    ({ sql }) => sql<{ id: string; at: Date }>`
      SELECT id, created_at AS at FROM tracks WHERE status = 'ready' AND is_public
      ORDER BY created_at DESC, id DESC OFFSET ${skip} LIMIT 1`
  ).pipe(Effect.provide(connect(databaseUrl, 1)), Effect.runPromise)

/** Fills an empty database and the folder of stored files. */
export const makeData = async (databaseUrl: string, uploads: string): Promise<void> => {
  writeWav(join(uploads, storageKey), file.bytes)
  await Effect.runPromise(
    migrate(migrationsDirectory()).pipe(
      Effect.andThen(insertUser),
      Effect.andThen(insertTracks),
      Effect.provide(passwordHasher(1)),
      Effect.provide(connect(databaseUrl, 2))
    )
  )
}
