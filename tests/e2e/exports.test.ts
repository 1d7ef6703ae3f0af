import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { ExportView, OwnUser, TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf } from "../support/product/session.ts"
import { begun } from "../support/product/tus.ts"
import { settledTrack, tracksPath, uploadReady } from "../support/product/upload.ts"
import { unzip } from "../support/unzip.ts"
import { type Product, startProduct } from "../support/product.ts"

const Asked = Schema.Struct({ id: Schema.String, status: Schema.Literal("pending") })
const Listed = Schema.Struct({ list: Schema.Array(ExportView) })
const Rows = Schema.fromJsonString(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))

let product: Product
beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
})
afterAll(() => product?.stop())

const ask = ({ byToken }: Account) => byToken.post("/api/v1/me/export")
const list = async ({ byToken }: Account) => dataOf(Listed, await byToken.get("/api/v1/me/exports")).list
const downloadPath = (id: string) => `/api/v1/me/exports/${id}/download`
const askAndWait = async (account: Account) => {
  const { id } = dataOf(Asked, await ask(account))
  return eventually("a finished export", async () =>
    (await list(account)).find((one) => one.id === id && one.status === "ready")
  )
}
const rowsOf = (files: ReadonlyMap<string, Buffer>, name: string) =>
  Schema.decodeUnknownSync(Rows)(files.get(`${name}.json`)?.toString("utf8"))
const exportFiles = () => readdirSync(join(product.home, "exports"))

describe("an export", () => {
  it("holds what the API shows, as JSON and CSV, is mailed about, and is its owner's alone", async () => {
    const creator = await signUpCreator(product)
    const song = await audioBytes({ folder: product.home, format: "flac", seconds: 1 })
    const { id: trackId } = await uploadReady(creator.byToken, '=HYPERLINK("x")', { name: "a.flac", bytes: song })
    await creator.byToken.post(`${tracksPath}/${trackId}/like`)
    await creator.byToken.post(`${tracksPath}/${trackId}/share`, {})
    await settledTrack(product, trackId)
    await begun(creator.byToken, 1000, "unfinished.wav")
    const made = await askAndWait(creator)
    expect(exportFiles()).toContain(`${made.id}-1.zip`)

    const reply = await creator.byToken.get(downloadPath(made.id))
    expect([reply.status, reply.bytes.length]).toEqual([200, made.size_bytes])
    expect(reply.headers.get("content-type")).toBe("application/zip")
    expect(reply.headers.get("content-disposition")).toBe(`attachment; filename="veza-export-${made.id}.zip"`)
    expect(reply.headers.get("cache-control")).toContain("no-store")
    const files = unzip(reply.bytes)
    const ofProfile = ["profile", "images", "former_usernames", "settings", "privacy", "accepted_terms"]
    const ofWaysIn = ["api_keys", "second_factor", "identities", "email_change"]
    const ofTracks = ["tracks", "likes", "share_links", "uploads", "plays", "track_changes", "infringement_notices"]
    const ofDistribution = ["releases", "recordings", "submissions"]
    const ofMoney = ["payment_mandate", "subscriptions", "subscription_history", "invoices", "royalties"]
    const ofRest = [...ofTracks, ...ofDistribution, ...ofMoney, "exports", "api_calls", "audit"]
    const sections = ["account", "sessions", "mailed_links", ...ofProfile, ...ofWaysIn, ...ofRest]
    expect([...files.keys()]).toEqual(["README.txt", ...sections.flatMap((name) => [`${name}.json`, `${name}.csv`])])
    expect(files.get("uploads.json")?.toString("utf8")).toContain("unfinished.wav")
    expect(files.get("README.txt")?.toString("utf8")).toContain(creator.username)

    const { json: me } = await creator.byToken.get("/api/v1/auth/me")
    const { json: track } = await creator.byToken.get(`${tracksPath}/${trackId}`)
    const shown = Schema.encodeSync(OwnUser)(dataOf(OwnUser, { status: 200, json: me }))
    expect(rowsOf(files, "account")).toEqual([expect.objectContaining(shown)])
    const {
      user_id: _,
      has_waveform: __,
      has_cover: hasCover,
      cover_url: ___,
      loudness,
      ...ownTrack
    } = Schema.encodeSync(TrackView)(dataOf(TrackView, { status: 200, json: track }))
    const cover = hasCover ? `${tracksPath}/${trackId}/cover` : null
    const { integrated_lufs = null, range_lu = null, true_peak_dbtp = null } = loudness ?? {}
    const heard = { integrated_lufs, range_lu, true_peak_dbtp, cover }
    expect(rowsOf(files, "tracks")).toEqual([expect.objectContaining({ ...ownTrack, ...heard })])
    expect(rowsOf(files, "tracks")[0]?.["audio"]).toBe(`/api/v1/tracks/${trackId}/stream`)
    expect(rowsOf(files, "likes")).toEqual([expect.objectContaining({ track_id: trackId })])
    expect(rowsOf(files, "share_links")).toHaveLength(1)
    expect(rowsOf(files, "sessions")).toHaveLength(1)
    expect(files.get("tracks.csv")?.toString("utf8")).toContain(`"'=HYPERLINK(""x"")"`)
    for (const bytes of files.values())
      expect(bytes.toString("utf8")).not.toMatch(/argon2|digest|password_|a-good-long-one/)

    const mail = await eventually("the mail", async () =>
      (await product.mails()).find(({ subject }) => subject === "Your data is ready")
    )
    expect(mail.to?.[0]?.address).toBe(creator.email)
    expect(mail.text).toContain(made.id)

    const head = await creator.byToken.call("HEAD", downloadPath(made.id))
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(made.size_bytes)])
    const other = await signUp(product)
    expectRefusal(await other.byToken.get(downloadPath(made.id)), 404, "EXPORT_NOT_FOUND")
    expectRefusal(await creator.byToken.get(downloadPath("nonsense")), 400, "VALIDATION_FAILED")
  })

  it("may be asked for three times a day, however many ask at once", async () => {
    const account = await signUp(product)
    const replies = await Promise.all(Array.from({ length: 6 }, () => ask(account)))
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(3)
    for (const reply of replies.filter(({ status }) => status !== 202)) {
      expectRefusal(reply, 429, "TOO_MANY_EXPORTS")
      expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(86_000)
    }
    await product.query(
      "UPDATE exports SET requested_at = requested_at - interval '25 hours' WHERE user_id = $1",
      account.id
    )
    expect((await ask(account)).status).toBe(202)
  })

  it("ends after seven days", async () => {
    const account = await signUp(product)
    const { id, ready_at, expires_at } = await askAndWait(account)
    expect((expires_at?.epochMilliseconds ?? 0) - (ready_at?.epochMilliseconds ?? 0)).toBe(7 * 86_400_000)
    await product.query("UPDATE exports SET expires_at = now() WHERE id = $1", id)
    expectRefusal(await account.byToken.get(downloadPath(id)), 410, "EXPORT_EXPIRED")
    expect((await list(account))[0]?.status).toBe("expired")
  })

  it("that failed says so, and may be asked for again", async () => {
    const account = await signUp(product)
    const { id } = await askAndWait(account)
    await product.query("UPDATE exports SET status = 'failed' WHERE id = $1", id)
    expectRefusal(await account.byToken.get(downloadPath(id)), 409, "EXPORT_NOT_READY")
    for (let i = 0; i < 3; i++) expect((await ask(account)).status).toBe(202)
    expect((await ask(account)).status).toBe(429)
  })
})

describe("kill -9 of the worker in the middle of an export", () => {
  it("offers no half file; the export is made again and only its file is left, of one that ended none", async () => {
    const account = await signUp(product)
    const { id: old } = await askAndWait(await signUp(product))
    const release = await product.hold("LOCK TABLE track_shares")
    const { id } = dataOf(Asked, await ask(account))
    await eventually("the export half written", () => exportFiles().includes(`${id}-1.part`))
    await product.workerProcess().kill()
    expect((await list(account)).map(({ status }) => status)).toEqual(["pending"])
    expectRefusal(await account.byToken.get(downloadPath(id)), 409, "EXPORT_NOT_READY")
    await release()

    await product.query("UPDATE exports SET leased_until = now() WHERE id = $1", id)
    await product.query("UPDATE outbox SET leased_until = now()")
    await product.query("UPDATE exports SET expires_at = now() WHERE id = $1", old)
    await product.runJobs()
    await product.startWorker()
    await eventually("the export", async () => (await list(account))[0]?.status === "ready")
    expect(exportFiles().filter((name) => name.startsWith(id))).toEqual([`${id}-2.zip`])
    await eventually("the ended one's file gone", () => !exportFiles().some((name) => name.startsWith(old)))
    const { bytes } = await account.byToken.get(downloadPath(id))
    expect(rowsOf(unzip(bytes), "account")).toHaveLength(1)
  })
})
