import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { Session } from "../support/product/session.ts"
import { begun, offsetOf, sha256, tusOf, uploadWithClient } from "../support/product/tus.ts"
import { upload } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { type Product, startProduct } from "../support/product.ts"

const mebibyte = 1024 * 1024
/** How long processes are killed at random moments, in milliseconds: more than the suite's by an environment variable. */
const killingTime = Number(process.env["VEZA_CRASH_SECONDS"] ?? "12") * 1000
const seed = Number(process.env["VEZA_CRASH_SEED"] ?? Date.now() % 1_000_000)

/** Uploads of each kind under way at once: each kill meets as many moments. */
const atOnce = 5

/** Small and repeatable (Park and Miller). */
const randomFrom = (start: number) => {
  let state = start + 1
  return (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
const random = randomFrom(seed)

/** Most of the time nobody answers, and what a killed process held is held for some seconds more. */
const patient = Array.from({ length: 1000 }, () => 300)

let product: Product
let creator: Account
/** Whoever sends in parts sends alone: an upload whose answer was lost to a kill stays open, and ten are allowed. */
let senders: ReadonlyArray<Account>
let made = 0

/** A WAV like no other, infected at its end where that is wanted. */
const newWav = (bytes: number, infected = false): Buffer => {
  const sound = Buffer.alloc(bytes - 44, (made += 7) % 251)
  sound.writeUInt32LE(made, 0)
  if (infected) sound.write(eicar, sound.length - eicar.length, "latin1")
  return Buffer.concat([wavHead(sound.length), sound])
}

beforeAll(async () => {
  product = await startProduct({ workers: 1, env: { CLAMAV_REQUIRED: "true", MAX_CONCURRENT_UPLOADS: "20" } })
  creator = await signUpCreator(product)
  senders = await Promise.all(Array.from({ length: atOnce }, () => signUpCreator(product)))
})
afterAll(() => product.stop())

const Row = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  status: Schema.String,
  scan: Schema.String,
  hash: Schema.String,
  key: Schema.String
})
const decodeRows = Schema.decodeUnknownSync(Schema.Array(Row))
const tracks = async () =>
  decodeRows(
    await product.query(
      "SELECT id, title, status, scan_status AS scan, content_hash AS hash, storage_key AS key FROM tracks ORDER BY id"
    )
  )

/** A worker that has every job to do, and every event and file that its predecessor held. */
const startWorkerAnew = async () => {
  await product.killWorker()
  await product.query("UPDATE uploads SET held_until = now() WHERE holder IS NOT NULL")
  await product.query("UPDATE outbox SET leased_until = now()")
  await product.query("UPDATE removed_track_files SET claimed_until = NULL")
  await product.runJobs()
  await product.startWorker()
}

/** Lets every lease run out and every job be due, and starts the worker anew, which sweeps at once. */
const sweep = async () => {
  await product.query("UPDATE uploads SET expires_at = now() - interval '1 second'")
  await startWorkerAnew()
}

/** After the sweep: a file for each row, a row for each file, as it was sent; no lease, nothing in quarantine, nothing stuck. */
const expectOrder = async (sent: ReadonlyMap<string, string>): Promise<void> => {
  await sweep()
  await eventually("every lease gone", async () => (await product.query("SELECT id FROM uploads")).length === 0)
  // What nothing refers to is noted, and removed when the grace of an hour is over.
  await product.query("UPDATE removed_track_files SET removed_at = now() - interval '2 hours'")
  await startWorkerAnew()
  await eventually("every left file gone", async () => {
    return (await product.query("SELECT 1 FROM removed_track_files")).length === 0
  })
  await eventually("every track ready", async () => (await tracks()).every(({ status }) => status === "ready"))
  const rows = await tracks()
  expect(product.files()).toEqual(rows.map(({ key }) => key).toSorted())
  for (const { title, hash, key, scan } of rows) {
    expect([title, hash, scan]).toEqual([title, sent.get(title), "clean"])
    expect(sha256(readFileSync(join(product.home, "uploads", key)))).toBe(hash)
  }
}

const forget = async () => {
  await product.query("DELETE FROM tracks")
  await product.query("DELETE FROM outbox")
  await product.query("DELETE FROM removed_track_files")
  rmSync(join(product.home, "uploads", "tracks"), { recursive: true, force: true })
}

/** Kills the API while a lock keeps it from writing the row of a track whose file is in its place already. */
const killBeforeTheRow = async (work: () => Promise<unknown>): Promise<void> => {
  const release = await product.hold("LOCK TABLE tracks IN EXCLUSIVE MODE")
  const working = work().catch(() => {})
  await eventually("the file in its place", () => product.files().some((file) => file.startsWith("tracks/")))
  await product.apiProcess().kill()
  await release()
  await working
  await product.startApi()
}

describe("kill -9 of the API between a file's place and its row", () => {
  beforeEach(forget)

  it("leaves a form's lease that knows where the file lies; the sweep takes both", async () => {
    await killBeforeTheRow(() => upload(creator.byToken, { title: "A" }, { name: "a.wav", bytes: newWav(200_000) }))
    expect(product.files()).toHaveLength(2)
    expect(await tracks()).toEqual([])
    await expectOrder(new Map())
    expect(product.files()).toEqual([])
  })

  it("lets a resumable upload be finished without its bytes, and leaves one file", async () => {
    const song = newWav(200_000)
    const url = await begun(creator.byToken, song.length, "a.wav", { title: "A" })
    await killBeforeTheRow(() => tusOf(creator.byToken).send(url, 0, song))
    expect(await offsetOf(creator.byToken, url)).toBe(song.length)
    await eventually("the end of the dead holder", async () => {
      const reply = await tusOf(creator.byToken).send(url, song.length, Buffer.alloc(0))
      return reply.status === 204
    })
    expect((await tracks()).map(({ hash }) => hash)).toEqual([sha256(song)])
    await expectOrder(new Map([["A", sha256(song)]]))
  })

  it("or by a worker, when the sender does not come back", async () => {
    const song = newWav(200_000)
    const url = await begun(creator.byToken, song.length, "a.wav", { title: "A" })
    await killBeforeTheRow(() => tusOf(creator.byToken).send(url, 0, song))
    await startWorkerAnew()
    await eventually("the track", async () => (await tracks()).length === 1)
    await expectOrder(new Map([["A", sha256(song)]]))
  })
})

const underWay = async () =>
  (await product.query("SELECT 1 FROM uploads WHERE state IN ('uploading', 'scanning')")).length > 0

/** Kills the API again and again, each time a random while after an upload began; `usual` is how long one takes here. */
const killApi = async (usual: number, until: () => boolean): Promise<number> => {
  let kills = 0
  do {
    await eventually("an upload under way", underWay)
    await sleep(random(Math.min(3000, Math.round(usual * 4 * atOnce))))
    await product.apiProcess().kill()
    await product.startApi()
    kills++
  } while (!until())
  return kills
}

/** Kills the worker again and again. */
const killWorker = async (usual: number, until: () => boolean): Promise<number> => {
  let kills = 0
  do {
    await sleep(usual + random(Math.round(usual * 4)))
    await product.workerProcess().kill()
    await product.startWorker()
    kills++
  } while (!until())
  return kills
}

describe(`kill -9 at random moments (seed ${seed})`, () => {
  beforeEach(forget)

  it("never leaves a file without a row, a row without its file, anything unscanned, or anything stuck", async () => {
    const begun = performance.now()
    await upload(creator.byToken, { title: "calm" }, { name: "a.wav", bytes: newWav(2 * mebibyte) })
    const usual = performance.now() - begun
    await forget()
    const end = performance.now() + killingTime
    const isOver = () => performance.now() > end
    const sent = new Map<string, string>()
    const infected: Array<string> = []
    const answered: Array<string> = []
    const inParts: Array<string> = []
    let number = 0

    const next = () => {
      const title = `${number++}`
      const isBad = random(5) === 0
      const bytes = newWav(50_000 + random(3 * mebibyte), isBad)
      sent.set(title, sha256(bytes))
      if (isBad) infected.push(title)
      return { title, bytes, isBad }
    }
    const guest = new Session(product.url)
    const answering = () =>
      eventually(
        "the API again",
        async () => isOver() || (await guest.get("/healthz").catch(() => undefined)) !== undefined
      )
    const byForm = async () => {
      while (!isOver()) {
        const { title, bytes } = next()
        const reply = await upload(creator.byToken, { title }, { name: "a.wav", bytes }).catch(() => undefined)
        if (reply?.status === 201) answered.push(title)
        if (reply === undefined) await answering()
      }
    }
    const byParts = async (sender: Account) => {
      while (!isOver()) {
        const { title, bytes, isBad } = next()
        const outcome = await uploadWithClient(
          sender.byToken,
          bytes,
          { filename: "a.wav", title },
          { retryDelays: patient }
        ).then(
          ({ url }) => url,
          (error: unknown) => error
        )
        if (typeof outcome === "string") inParts.push(outcome)
        if (typeof outcome === "string" && !isBad) answered.push(title)
        else if (!isBad) throw new Error(`A resumable upload came to nothing (seed ${seed}): ${String(outcome)}`)
      }
    }
    const [apiKills, workerKills] = await Promise.all([
      killApi(usual, isOver),
      killWorker(usual, isOver),
      ...Array.from({ length: atOnce }, byForm),
      ...senders.map(byParts)
    ])

    // What arrived in full is finished by the worker, also where its sender was told so by the offset only.
    await startWorkerAnew()
    await eventually("everything that arrived judged", async () => {
      const rows = await product.query(
        "SELECT id FROM uploads WHERE kind = 'resumable' AND received = length AND state IN ('uploading', 'scanning')"
      )
      return rows.length === 0
    })
    await expectOrder(sent)
    const titles = new Set((await tracks()).map(({ title }) => title))
    expect(answered.filter((title) => !titles.has(title))).toEqual([])
    expect(infected.filter((title) => titles.has(title))).toEqual([])
    expect([apiKills, workerKills, titles.size, inParts.length].every((count) => count > 0)).toBe(true)
  })
})
