import { createHash, randomBytes, randomUUID } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually } from "../support/product/eventually.ts"
import { ProductProcess, runToEnd } from "../support/product/process.ts"
import { type Product, startProduct } from "../support/product.ts"
import { programs } from "../support/programs.ts"
import { type S3Server, startS3 } from "../support/s3.ts"

const count = 30
const size = 200_000
const readers = 20

interface Song {
  readonly id: string
  readonly key: string
  readonly bytes: Buffer
}

let s3: S3Server
let product: Product
let songs: ReadonlyArray<Song> = []

beforeAll(async () => {
  s3 = await startS3()
  product = await startProduct({ env: { ...s3.env, TRACK_STORAGE_BACKEND: "local" } })
  const owner = randomUUID()
  await product.query(
    `INSERT INTO users (id, email, username, role, is_verified, created_at, updated_at)
     VALUES ($1, 'mover@example.org', 'mover', 'creator', true, now(), now())`,
    owner
  )
  songs = Array.from({ length: count }, () => {
    const id = randomUUID()
    return { id, key: `tracks/${owner}/${id}.wav`, bytes: randomBytes(size) }
  })
  for (const { id, key, bytes } of songs) {
    const path = join(product.home, "uploads", key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
    await product.query(
      `INSERT INTO tracks (id, user_id, title, is_public, downloadable, status, scan_status, format, size_bytes,
         content_hash, storage_backend, storage_key, duration_ms, created_at, updated_at)
       VALUES ($1, $2, 'Moved', true, false, 'ready', 'clean', 'wav', $3, $4, 'local', $5, 1000, now(), now())`,
      id,
      owner,
      size,
      createHash("sha256").update(bytes).digest("hex"),
      key
    )
  }
  await product.query(
    "CREATE FUNCTION wait_a_little() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END'"
  )
})
afterAll(async () => {
  await product?.stop()
  await s3?.dispose()
})

/** Makes every move take its time, so that there is a middle. */
const slow = (on: boolean) =>
  product.query(
    on
      ? "CREATE TRIGGER slow BEFORE UPDATE ON tracks FOR EACH STATEMENT EXECUTE FUNCTION wait_a_little()"
      : "DROP TRIGGER slow ON tracks"
  )
const plan = (...args: ReadonlyArray<string>) => ({
  name: "veza",
  file: programs.veza,
  args: ["storage", "migrate", "--json", ...args],
  cwd: product.home,
  env: product.env
})
const Count = Schema.fromJsonString(
  Schema.Struct({ tracks: Schema.Int, bytes: Schema.Int, moved: Schema.Int, settled: Schema.Int })
)
const run = async (...args: ReadonlyArray<string>) => {
  const ending = await runToEnd(plan(...args))
  if (ending.code !== 0) throw new Error(ending.process.log)
  return Schema.decodeUnknownSync(Count)(ending.process.output)
}
const storedIn = async (backend: "local" | "s3"): Promise<number> =>
  (await product.query("SELECT 1 FROM tracks WHERE storage_backend = $1", backend)).length
const localFiles = () => product.files().filter((name) => name.startsWith("tracks/")).length

/** Lets the worker remove what was left, as if an hour had passed. */
const anHourLater = async () => {
  await product.query("UPDATE removed_track_files SET removed_at = removed_at - interval '61 minutes'")
  await product.runJobs("remove-left-files")
}

/** Reads ranges of tracks over and over, as players do, until told to stop; answers how many it read. */
const listen = () => {
  const stop = new AbortController()
  const fault = { text: "" }
  const read = async (): Promise<number> => {
    let reads = 0
    for (; !stop.signal.aborted && fault.text === ""; reads++) {
      const song = songs[Math.floor(Math.random() * songs.length)]
      if (song === undefined) return reads
      const first = Math.floor(Math.random() * (size - 1))
      const last = Math.min(size - 1, first + Math.floor(Math.random() * 65_536))
      const answer = await fetch(`${product.url}/api/v1/tracks/${song.id}/stream`, {
        headers: { range: `bytes=${first}-${last}` },
        signal: AbortSignal.timeout(60_000)
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      // A player does not ask all the time either, and leaves the machine to what is being tested.
      await pause(100)
      if (answer.status !== 206 || !bytes.equals(song.bytes.subarray(first, last + 1))) {
        fault.text ||= `${song.id} ${first}-${last}: ${answer.status}, ${bytes.length} bytes by ${answer.url}`
      }
    }
    return reads
  }
  const all = Promise.all(Array.from({ length: readers }, read))
  return {
    stop: async () => {
      stop.abort()
      const reads = await all
      expect(fault.text).toBe("")
      return reads.reduce((sum, n) => sum + n, 0)
    }
  }
}

describe("veza storage migrate, while twenty listen", { timeout: 300_000 }, () => {
  it("tells what there is to do, and does nothing when asked so", async () => {
    expect(await run("--to", "s3", "--dry-run")).toMatchObject({ tracks: count, bytes: count * size, moved: 0 })
    expect([await storedIn("s3"), s3.keys()]).toEqual([0, []])
    expect((await runToEnd(plan("--to", "tape"))).code).toBe(1)
    expect((await runToEnd(plan("--to", "s3", "--limit", "0"))).code).toBe(1)
  })

  it("is killed in the middle and goes on from there; every byte heard is right", async () => {
    const listeners = listen()
    await slow(true)
    const victim = new ProductProcess(plan("--to", "s3"))
    victim.start()
    await eventually("some tracks moved", async () => (await storedIn("s3")) > 3)
    expect(await victim.kill()).toMatchObject({ signal: "SIGKILL" })
    await slow(false)
    const before = await storedIn("s3")
    expect(before).toBeLessThan(count)
    expect(await run("--to", "s3", "--limit", "5")).toMatchObject({ moved: 5 })
    expect(await run("--to", "s3")).toMatchObject({ moved: count - before - 5 })
    expect(await run("--to", "s3")).toMatchObject({ tracks: 0, moved: 0 })
    expect(await storedIn("s3")).toBe(count)
    expect(s3.keys()).toEqual(songs.map(({ key }) => key).toSorted())
    expect(localFiles()).toBe(count)
    await anHourLater()
    await eventually("what was left gone", () => localFiles() === 0)
    expect(await listeners.stop()).toBeGreaterThan(readers)
    expect(s3.refused).toEqual([])
  })

  it("moves back by two at once, which is harmless", async () => {
    const listeners = listen()
    await slow(true)
    const [one, other] = await Promise.all([run("--to", "local"), run("--to", "local")])
    await slow(false)
    expect(one.moved + other.moved).toBe(count)
    expect([await storedIn("local"), localFiles()]).toEqual([count, count])
    await anHourLater()
    await eventually("what was left gone", () => s3.keys().length === 0)
    expect(await listeners.stop()).toBeGreaterThan(readers)
  })

  it("there and back within the grace loses nothing", async () => {
    const listeners = listen()
    await run("--to", "s3")
    await run("--to", "local")
    await anHourLater()
    await eventually("what was left gone", () => s3.keys().length === 0)
    expect(localFiles()).toBe(count)
    expect(await listeners.stop()).toBeGreaterThan(readers)
  })

  it("stops with one sentence when S3 is away, and what was moved stays moved", async () => {
    s3.stop()
    const { code, process } = await runToEnd(plan("--to", "s3"))
    await s3.start()
    expect([code, process.output]).toEqual([1, ""])
    expect(process.errors).toMatch(/^A store does not answer\. .*run it again\.\n$/u)
    expect(await storedIn("local")).toBe(count)
  })
})
