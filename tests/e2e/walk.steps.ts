import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { promisify } from "node:util"
import { TrackView } from "@veza/http-koa/contract"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { mailTo, tokenIn } from "../support/product/mails.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { readyTrack, upload } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
const Waveform = Schema.Struct({ peaks: Schema.Array(Schema.Int), max: Schema.Literal(255) })
const List = Schema.Struct({ list: Schema.Array(TrackView), pagination: Schema.Unknown })
const Liked = Schema.Struct({ liked: Schema.Boolean, like_count: Schema.Int })
const Share = Schema.Struct({ id: Schema.String, token: Schema.String })

/** The way of an artist's first song, from registering to the end of the session, at two API processes and a worker. */
export const walkTheWholeWay = (title: string, { brokered }: { readonly brokered: boolean }) =>
  describe(title, () => {
    let product: Product
    let account: Account
    let track: TrackView
    let song: Buffer
    const email = `walker-${brokered}@example.org`
    const username = `walker.${brokered}`

    beforeAll(async () => {
      product = await startProduct({ apis: 2, brokered, env: { CLAMAV_REQUIRED: "true" } })
      const tags = {
        title: "From the file",
        artist: "The Walkers",
        album: "Along the River",
        genre: "Folk",
        date: "2024"
      }
      song = await audioBytes({ folder: product.home, format: "flac", seconds: 4, tags })
    })
    afterAll(() => product.stop())

    it("registers without a log-in and mails the link", async () => {
      const guest = new Session(product.url)
      const reply = await guest.post("/api/v1/auth/register", { username, email, password })
      expect(reply.status).toBe(201)
      expect(JSON.stringify(reply.json)).not.toMatch(/access_token|refresh_token/)
      expect(guest.cookies.size).toBe(0)
      const mail = await mailTo(product.mailFolder, email)
      expect(mail.html).toContain(tokenIn(mail))
      expect(mail.text).toContain(username)
    })

    it("logs in only once the address is confirmed, by a token that works once", async () => {
      const guest = new Session(product.url)
      expect(failureOf(await guest.post("/api/v1/auth/login", { email, password })).code).toBe("EMAIL_NOT_VERIFIED")
      const headers = { "x-verify-token": tokenIn(await mailTo(product.mailFolder, email)) }
      expect((await guest.post("/api/v1/auth/verify-email", undefined, headers)).status).toBe(200)
      const again = await guest.post("/api/v1/auth/verify-email", undefined, headers)
      expect([again.status, failureOf(again).code]).toEqual([400, "INVALID_VERIFICATION_TOKEN"])
      account = await logIn(product.url, { email, password })
      expect([...account.byCookie.cookies.keys()].toSorted()).toEqual(["access_token", "refresh_token"])
    })

    it("knows the account by cookie and by token, at both processes", async () => {
      for (const session of [account.byCookie, account.byToken, account.byToken.at(product.api(1))]) {
        const reply = await session.get("/api/v1/auth/me")
        expect(reply.json).toMatchObject({ data: { email, username, role: "user", is_verified: true } })
        expect(reply.headers.get("cache-control")).toBe("no-store")
      }
    })

    it("makes a creator of the account: by cookie only with the CSRF token, and at once for the token in use", async () => {
      const path = "/api/v1/users/me/upgrade-creator"
      const refused = await account.byCookie.post(path)
      expect([refused.status, failureOf(refused).code]).toEqual([403, "CSRF_REFUSED"])
      const { csrf_token: csrf } = dataOf(
        Schema.Struct({ csrf_token: Schema.String }),
        await account.byCookie.get("/api/v1/auth/csrf")
      )
      const foreign = await account.byCookie.post(path, undefined, {
        "x-csrf-token": csrf,
        "sec-fetch-site": "cross-site"
      })
      expect(failureOf(foreign).code).toBe("CSRF_REFUSED")
      const done = await account.byCookie.post(path, undefined, { "x-csrf-token": csrf })
      expect(done.json).toMatchObject({ data: { role: "creator", already_elevated: false } })
      expect((await account.byToken.post(path)).json).toMatchObject({ data: { already_elevated: true } })
      expect((await account.byToken.get("/api/v1/auth/me")).json).toMatchObject({ data: { role: "creator" } })
    })

    it("takes a FLAC in, scanned, and makes it ready with what the file tells", async () => {
      const reply = await upload(
        account.byToken,
        { title: "Walked", tags: "calm, river" },
        { name: "s.flac", bytes: song }
      )
      expect(reply.status).toBe(201)
      const taken = dataOf(TrackView, reply)
      expect(taken).toMatchObject({ status: "processing", scan_status: "clean", size_bytes: song.length })
      track = await readyTrack(account.byToken, taken.id)
      expect(track).toMatchObject({
        title: "Walked",
        artist: "The Walkers",
        album: "Along the River",
        genre: "Folk",
        year: 2024,
        tags: ["calm", "river"],
        duration: 4,
        sample_rate: 44_100,
        channels: 2,
        lossless: true,
        content_type: "audio/flac",
        has_waveform: true
      })
      const { peaks } = dataOf(Waveform, await account.byToken.get(`/api/v1/tracks/${track.id}/waveform`))
      expect(Math.max(...peaks)).toBeGreaterThan(0)
    })

    it("lists it for everybody, without what is the owner's", async () => {
      const reply = await new Session(product.api(1)).get("/api/v1/tracks")
      const { list } = dataOf(List, reply)
      expect(list.map(({ id }) => id)).toEqual([track.id])
      expect(list[0]).not.toHaveProperty("scan_status")
      expect(reply.bytes.toString()).not.toMatch(/storage|content_hash/)
    })

    it("streams the very bytes, whole and by range, so that ffprobe plays the URL", async () => {
      const url = `/api/v1/tracks/${track.id}/stream`
      const guest = new Session(product.api(1))
      const whole = await guest.get(url)
      expect([whole.status, sha256(whole.bytes)]).toEqual([200, sha256(song)])
      const part = await guest.get(url, { range: "bytes=1000-1999" })
      expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 1000-1999/${song.length}`])
      expect(part.bytes.equals(song.subarray(1000, 2000))).toBe(true)
      const { stdout } = await promisify(execFile)(
        "ffprobe",
        [
          "-v",
          "error",
          "-show_entries",
          "format=format_name,duration",
          "-of",
          "csv=p=0",
          new URL(url, product.url).href
        ],
        { timeout: 60_000 }
      )
      expect(stdout.trim()).toBe("flac,4.000000")
    })

    it("is liked once, however often, and counted", async () => {
      const path = `/api/v1/tracks/${track.id}/like`
      const likes = await Promise.all([1, 2, 3].map(() => account.byToken.post(path)))
      for (const like of likes) expect(dataOf(Liked, like)).toEqual({ liked: true, like_count: 1 })
      expect((await account.byToken.get(`/api/v1/tracks/${track.id}/likes`)).json).toMatchObject({
        data: { like_count: 1 }
      })
    })

    it("is opened by its share link, until the link is revoked", async () => {
      const share = dataOf(Share, await account.byToken.post(`/api/v1/tracks/${track.id}/share`, {}))
      const guest = new Session(product.api(1))
      expect((await guest.get(`/api/v1/tracks/shared/${share.token}`)).json).toMatchObject({
        data: { permission: "stream", track: { id: track.id, title: "Walked" } }
      })
      expect((await account.byToken.call("DELETE", `/api/v1/tracks/share/${share.id}`)).status).toBe(200)
      const open = (session: Session, token: string) => session.get(`/api/v1/tracks/shared/${token}`)
      await eventually("the end of the link at the other process", async () => {
        return (await open(guest, share.token)).status === 403
      })
      for (const token of [share.token, "unknown"]) {
        const refused = await open(guest.at(product.url), token)
        expect([refused.status, failureOf(refused).message]).toEqual([403, "invalid or expired share token"])
      }
    })

    it("ends the session: the token is dead at once here, and within a second there", async () => {
      const other = account.byToken.at(product.api(1))
      expect((await other.get("/api/v1/auth/me")).status).toBe(200)
      expect((await account.byToken.post("/api/v1/auth/logout")).status).toBe(200)
      expect((await account.byToken.get("/api/v1/auth/me")).status).toBe(401)
      await eventually(
        "the end of the session at the other process",
        async () => {
          const reply = await other.get("/api/v1/auth/me")
          return reply.status === 401 && failureOf(reply).code === "SESSION_EXPIRED"
        },
        promptly
      )
      expect((await account.byCookie.get("/api/v1/auth/me")).status).toBe(401)
    })

    it("leaves nothing waiting in the outbox and nothing in quarantine", async () => {
      await eventually("an empty outbox", async () => {
        const [row] = await product.query(
          "SELECT (SELECT count(*)::int FROM outbox) + (SELECT count(*)::int FROM outbox_buried) AS n"
        )
        return JSON.stringify(row) === '{"n":0}'
      })
      expect(product.files().map((file) => file.split("/")[0])).toEqual(["tracks"])
      expect(await product.query("SELECT id FROM uploads")).toEqual([])
    })
  })
