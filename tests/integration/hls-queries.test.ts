import { createHash, randomBytes, randomUUID } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { mediaPlaylist } from "@veza/domain/tracks"
import { type CountedHost, startCountedHost } from "../support/counted-host.ts"

const home = mkdtempSync(join(tmpdir(), "veza-hls-queries-"))
const [userId, publicId, privateId, build] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
const share = randomBytes(24).toString("base64url")
let host: CountedHost

const addTrack = async (id: string, isPublic: boolean): Promise<void> => {
  const set = { build, madeAt: 1_772_000_000_000, renditions: [] }
  await host.query(`
    INSERT INTO tracks (id, user_id, title, is_public, downloadable, status, scan_status, format, size_bytes, content_hash,
      storage_backend, storage_key, duration_ms, created_at, updated_at, hls)
    VALUES ('${id}', '${userId}', 'T', ${isPublic}, false, 'ready', 'clean', 'wav', 1, '${id}', 'local', '${id}', 1000,
      now(), now(), '${JSON.stringify(set)}')`)
  const folder = join(home, "uploads", "hls", userId, id, build, "aac-64")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "index.m3u8"), mediaPlaylist([6, 6, 6]))
  for (const file of ["init.mp4", "seg-00000.m4s", "seg-00001.m4s"])
    writeFileSync(join(folder, file), randomBytes(5000))
}

beforeAll(async () => {
  host = await startCountedHost(home, { HLS_STREAMING: "true" })
  await host.query(`
    INSERT INTO users (id, email, username, role, is_verified, created_at, updated_at)
    VALUES ('${userId}', 'a@example.org', 'somebody', 'creator', true, now(), now())`)
  await addTrack(publicId, true)
  await addTrack(privateId, false)
  await host.query(`
    INSERT INTO track_shares (id, track_id, created_by, digest, permission, created_at)
    VALUES ('${randomUUID()}', '${privateId}', '${userId}', '\\x${createHash("sha256").update(share).digest("hex")}',
      'stream', now())`)
})
afterAll(async () => {
  await host?.stop()
  rmSync(home, { recursive: true, force: true })
})

const get = async (id: string, file: string, query = ""): Promise<number> => {
  const reply = await fetch(`${host.url}/api/v1/tracks/${id}/hls/${file}${query}`)
  await reply.arrayBuffer()
  return reply.status
}

describe("somebody who listens over HLS", () => {
  it.each([
    ["a public track", publicId, ""],
    ["a private track by its link", privateId, `?share=${share}`]
  ])("to %s costs no query for a segment", async (_, id, query) => {
    expect(await get(id, "master.m3u8", query)).toBe(200)
    host.work()
    for (const file of ["aac-64/index.m3u8", "aac-64/init.mp4", "aac-64/seg-00000.m4s", "aac-64/seg-00001.m4s"]) {
      expect(await get(id, file, query)).toBe(200)
    }
    const asked = host.work().statements.filter((text) => text.includes("tracks") || text.includes("track_shares"))
    expect(asked).toEqual([])
    if (query !== "") expect(await get(id, "aac-64/init.mp4")).toBe(403)
  })
})
