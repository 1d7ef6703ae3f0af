import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { readyTrack, tracksPath, upload } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { freePorts } from "../support/services/ports.ts"
import { type Product, startProduct } from "../support/product.ts"

let product: Product
let creator: Account
let listener: Account
let made = 0

const wav = (infected: boolean): Buffer => {
  const sound = Buffer.alloc(400_000, (made += 3))
  if (infected) sound.write(eicar, 250_000, "latin1")
  return Buffer.concat([wavHead(sound.length), sound])
}

beforeAll(async () => {
  const nowhere = `127.0.0.1:${(await freePorts(1))[0]}`
  product = await startProduct({ workers: 1, env: { CLAMAV_REQUIRED: "false", CLAMAV_ADDRESS: nowhere } })
  creator = await signUpCreator(product)
  listener = await signUp(product)
})
afterAll(() => product.stop())

const uploadUnscanned = async (title: string, infected: boolean): Promise<string> => {
  const reply = await upload(creator.byToken, { title }, { name: "a.wav", bytes: wav(infected) })
  return (await readyTrack(creator.byToken, dataOf(TrackView, reply).id)).id
}
const scanStatus = async (id: string) => dataOf(TrackView, await creator.byToken.get(`${tracksPath}/${id}`)).scan_status

describe("tracks that were accepted while no scanner was there", () => {
  it("are scanned when one appears: clean ones stay, infected ones are hidden at once, and their owner is told", async () => {
    const clean = [await uploadUnscanned("Good", false), await uploadUnscanned("Fine", false)]
    const bad = await uploadUnscanned("Unlucky", true)
    const gone = await uploadUnscanned("Without a file", false)
    await product.query("UPDATE tracks SET storage_key = 'tracks/nowhere.wav' WHERE id = $1", gone)
    expect(await scanStatus(bad)).toBe("skipped")
    const guest = new Session(product.url)
    for (const session of [guest, listener.byToken]) {
      expect((await session.get(`${tracksPath}/${bad}/stream`)).status).toBe(200)
      expect((await session.get(`${tracksPath}/${bad}`)).status).toBe(200)
    }
    const filesBefore = product.files()
    const sees = process.env["CLAMAV_ADDRESS"] ?? ""

    await product.workerProcess().kill()
    await product.runJobs("rescan-tracks")
    await Promise.all([product.addWorker({ CLAMAV_ADDRESS: sees }), product.addWorker({ CLAMAV_ADDRESS: sees })])
    await eventually("the infected track hidden", async () => (await guest.get(`${tracksPath}/${bad}`)).status === 404)
    await eventually("no list that names it", async () => {
      const list = (await guest.get(tracksPath)).bytes.toString()
      return list.includes(clean[0] ?? "") && !list.includes(bad)
    })
    expect((await guest.get(`${tracksPath}/${bad}/stream`)).status).toBe(404)
    expect((await listener.byToken.get(`${tracksPath}/${bad}/stream`)).status).toBe(404)
    const own = dataOf(TrackView, await creator.byToken.get(`${tracksPath}/${bad}`))
    expect(own).toMatchObject({
      status: "rejected",
      status_message: "the virus scanner found something in the file"
    })
    expect((await creator.byToken.get(`${tracksPath}/${bad}/stream`)).status).toBe(409)

    await eventually("the others marked clean", async () => {
      const found = await Promise.all(clean.map(scanStatus))
      return found.every((status) => status === "clean")
    })
    expect(await scanStatus(gone)).toBe("skipped")
    await eventually("its file removed", () => product.files().length === filesBefore.length - 1)
    await eventually("its note gone", async () => {
      return (await product.query("SELECT 1 FROM removed_track_files")).length === 0
    })

    const told = async () =>
      (await product.mails()).filter(({ subject }) => subject === "One of your tracks was taken down")
    await eventually("the mail", async () => (await told()).length > 0)
    expect((await told()).map(({ to, text }) => [to?.[0]?.address, text])).toEqual([
      [creator.email, expect.stringContaining("“Unlucky”")]
    ])
    const entries = () =>
      product.query("SELECT 1 FROM audit_entries WHERE action = 'track.rejected' AND resource_id = $1", bad)
    await eventually("the audit entry", async () => (await entries()).length === 1)
  })
})
