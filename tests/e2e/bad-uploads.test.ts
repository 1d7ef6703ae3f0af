import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TrackView } from "@veza/http-koa/contract"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal, expectRetryLater } from "../support/product/refusal.ts"
import { dataOf, type Reply, type Session } from "../support/product/session.ts"
import { expectNothingLeft, type FormFile, SlowUpload, tracksPath, uploadForm } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { freePorts } from "../support/services/ports.ts"
import { allowedOrigin, type Product, startProduct } from "../support/product.ts"

let product: Product
let creator: Account
let song: FormFile
let second: FormFile

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "true", MAX_CONCURRENT_UPLOADS: "2" } })
  creator = await signUpCreator(product)
  const make = { folder: product.home, format: "flac", seconds: 1 } as const
  song = { name: "song.flac", bytes: await audioBytes(make) }
  second = { name: "second.flac", bytes: await audioBytes(make) }
})
afterAll(() => product.stop())

/** Sends a form from an allowed origin; every refusal must let the page read it. */
const send = async (
  fields: Readonly<Record<string, string>>,
  files: ReadonlyArray<FormFile>,
  session: Session = creator.byToken
): Promise<Reply> => {
  const reply = await session.call("POST", tracksPath, {
    body: uploadForm(fields, ...files),
    headers: { origin: allowedOrigin }
  })
  expect(reply.headers.get("access-control-allow-origin")).toBe(allowedOrigin)
  return reply
}

const infected = (): FormFile => {
  const sound = Buffer.alloc(200_000, 7)
  sound.write(eicar, 120_000, "latin1")
  return { name: "hit.wav", bytes: Buffer.concat([wavHead(sound.length), sound]) }
}

describe("files that are refused leave neither file, row nor lease", () => {
  it.each([
    ["EICAR inside a WAV", infected, 422, "INFECTED_FILE"],
    [
      "text that is called .mp3",
      () => ({ name: "t.mp3", bytes: Buffer.from("just words\n".repeat(9000)) }),
      415,
      "UNSUPPORTED_AUDIO"
    ],
    [
      "a few bytes that are called .mp3",
      () => ({ name: "t.mp3", bytes: Buffer.from("words") }),
      415,
      "UNSUPPORTED_AUDIO"
    ],
    ["an empty file", () => ({ name: "t.mp3", bytes: Buffer.alloc(0) }), 415, "UNSUPPORTED_AUDIO"],
    ["FLAC that is called .mp3", () => ({ ...song, name: "song.mp3" }), 415, "UNSUPPORTED_AUDIO"],
    [
      "the head of a FLAC and noise behind it",
      () => ({ name: "cut.flac", bytes: Buffer.concat([song.bytes.subarray(0, 4), Buffer.alloc(99_000, 1)]) }),
      415,
      "UNSUPPORTED_AUDIO"
    ]
  ] as const)("%s", async (_what, file, status, code) => {
    expectRefusal(await send({ title: "Refused" }, [file()]), status, code, "file")
    await expectNothingLeft(product)
  })

  it("a listener's file", async () => {
    const listener = await signUp(product)
    const reply = await send({ title: "Mine" }, [song], listener.byToken)
    expectRefusal(reply, 403, "FORBIDDEN")
    expect(reply.json).toMatchObject({
      error: { message: "Insufficient permissions. Content creation requires creator, premium, or admin role." }
    })
    await expectNothingLeft(product)
  })
})

describe("forms that are refused", () => {
  it.each([
    ["no file", { title: "T" }, 0, "file"],
    ["two files", { title: "T" }, 2, "file"],
    ["no title", {}, 1, "title"],
    ["a blank title", { title: "  " }, 1, "title"],
    ["a title of 201 characters", { title: "t".repeat(201) }, 1, "title"],
    ["a title with NUL", { title: "a\0b" }, 1, "title"],
    ["a bad ISRC", { title: "T", isrc: "US-RC1-76-07839" }, 1, "isrc"],
    ["numbers that are none", { title: "T", year: "last", bpm: "1000" }, 1, "bpm,year"],
    ["a flag that is none", { title: "T", is_public: "perhaps" }, 1, "is_public"],
    [
      "over-long texts",
      { title: "T", lyrics: "l".repeat(20_001), description: "d".repeat(5001), genre: "g".repeat(101) },
      1,
      "description,genre,lyrics"
    ],
    ["a field of more than 64 KiB", { title: "T", lyrics: "l".repeat(70_000) }, 1, "lyrics"]
  ] as const)("%s", async (_what, fields, files, named) => {
    expectRefusal(await send(fields, [song, second].slice(0, files)), 400, "VALIDATION_FAILED", named)
    await expectNothingLeft(product)
  })

  it("a file in a field of another name, and a body that is no form", async () => {
    expectRefusal(await send({ title: "T" }, [{ ...song, field: "sound" }]), 400, "VALIDATION_FAILED", "sound")
    const reply = await creator.byToken.post(tracksPath, { title: "T" })
    expectRefusal(reply, 400, "VALIDATION_FAILED", "body")
    await expectNothingLeft(product)
  })
})

describe("files that are too large are refused before they have arrived", () => {
  const mebibyte = 1024 * 1024
  const piece = Buffer.alloc(mebibyte, 3)

  /** Sends the first `atMost` bytes of a WAV of `size` bytes and then waits: the answer must come without the rest. */
  const sendSome = async (size: number, atMost: number, declared: boolean) => {
    const slow = new SlowUpload(creator.byToken, "big.wav", declared ? { fileSize: size } : {})
    let going = await slow.send(wavHead(size - 44))
    for (let at = 44; going && at < atMost; at += piece.length) going = await slow.send(piece.subarray(0, atMost - at))
    return slow.answer()
  }

  it.each([
    ["101 MB, declared", 101, 100.5, true],
    ["110 MB, in chunks without a length", 110, 100.5, false],
    ["1 GB, declared: known at once", 1024, 1, true]
  ])("%s", async (_what, megabytes, sent, declared) => {
    const answer = await sendSome(megabytes * mebibyte, sent * mebibyte, declared)
    expect([answer.status, answer.json]).toMatchObject([
      413,
      { error: { code: "FILE_TOO_LARGE", details: [{ field: "file" }] } }
    ])
    await expectNothingLeft(product)
  })

  it("a sender who does not stop gets the answer all the same, and is cut off", async () => {
    const slow = new SlowUpload(creator.byToken, "big.wav", { fileSize: 1024 * mebibyte })
    let going = true
    for (let sent = 0; going && sent < 1024; sent++) going = await slow.send(piece)
    expect((await slow.answer()).status).toBe(413)
    expect(slow.sent).toBeLessThan(64 * mebibyte)
  })
})

describe("uploads under way", () => {
  const begin = async (): Promise<SlowUpload> => {
    const slow = new SlowUpload(creator.byToken, "slow.wav")
    await slow.send(wavHead(1_000_000))
    await slow.send(Buffer.alloc(100_000, 5))
    return slow
  }
  const leases = async (n: number) =>
    eventually(`${n} leases`, async () => (await product.query("SELECT id FROM uploads")).length === n)

  it("are as many as MAX_CONCURRENT_UPLOADS, and who goes away leaves nothing and makes room", async () => {
    const slow = [await begin(), await begin()]
    await leases(2)
    expectRetryLater(await send({ title: "One too many" }, [song]), "TOO_MANY_UPLOADS")
    for (const one of slow) one.abort()
    await expectNothingLeft(product)
    const reply = await send({ title: "Room again" }, [song])
    expect(reply.status).toBe(201)
    expectRefusal(await send({ title: "Again" }, [song]), 409, "DUPLICATE_TRACK")
  })
})

describe("without a scanner", () => {
  const nowhere = async () => `127.0.0.1:${(await freePorts(1))[0]}`

  it("nothing is accepted where it is required", async () => {
    const { url } = await product.addApi({ CLAMAV_ADDRESS: await nowhere() })
    const before = product.files()
    expectRetryLater(await send({ title: "Unscanned" }, [second], creator.byToken.at(url)), "SCANNER_UNAVAILABLE")
    expect(product.files()).toEqual(before)
    expect(await product.query("SELECT id FROM uploads")).toEqual([])
  })

  it("a track is accepted unscanned, and says so, where it is not", async () => {
    const { url } = await product.addApi({ CLAMAV_ADDRESS: await nowhere(), CLAMAV_REQUIRED: "false" })
    const reply = await send({ title: "Unscanned" }, [second], creator.byToken.at(url))
    expect(reply.status).toBe(201)
    expect(dataOf(TrackView, reply).scan_status).toBe("skipped")
  })
})
