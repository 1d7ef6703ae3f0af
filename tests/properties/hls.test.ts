import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import {
  areAligned,
  averageBandwidth,
  buildBackoff,
  carryShare,
  masterPlaylist,
  mediaPlaylist,
  ownerOfStorageKey,
  peakBandwidth,
  planRenditions,
  playlistBytes,
  playlistText,
  renditionFilePattern,
  RenditionName,
  segmentFile,
  storageKeyOf,
  targetDurationOf,
  TrackId
} from "@veza/domain/tracks"
import { UserId } from "@veza/domain/kernel"
import { readMaster, readMedia } from "../support/hls.ts"

const duration = fc.double({ min: 0.001, max: 20, noNaN: true })
const durations = fc.array(duration, { minLength: 1, maxLength: 60 })
const rendition = fc.record({
  name: fc.constantFrom(...RenditionName.literals),
  codecs: fc.constantFrom("mp4a.40.2" as const, "fLaC" as const),
  bandwidth: fc.integer({ min: 1, max: 20_000_000 }),
  averageBandwidth: fc.integer({ min: 1, max: 20_000_000 })
})
const renditions = fc.uniqueArray(rendition, { minLength: 1, selector: ({ name }) => name })
const secret = fc.string({ minLength: 1, maxLength: 60, unit: "binary" }).filter((text) => text.isWellFormed())

describe("a media playlist", () => {
  it("is read by a parser that forgives nothing as it was meant", () =>
    fc.assert(
      fc.property(durations, (given) => {
        const read = readMedia(mediaPlaylist(given))
        assert.deepStrictEqual(
          [read.playlistType, read.endlist, read.mediaSequenceBase ?? 0, read.independentSegments],
          ["VOD", true, 0, true]
        )
        assert.strictEqual(read.targetDuration, targetDurationOf(given))
        assert.strictEqual(read.segments.length, given.length)
        for (const [i, segment] of read.segments.entries()) {
          assert.strictEqual(segment.uri, segmentFile(i))
          assert.match(segment.uri, renditionFilePattern)
          assert.isAtMost(Math.abs(segment.duration - (given[i] ?? 0)), 0.000_001)
          assert.isAtMost(Math.round(segment.duration), read.targetDuration)
          assert.strictEqual(segment.map?.uri, "init.mp4")
        }
      })
    ))
})

describe("a master playlist", () => {
  it("is read as it was meant, and rises", () =>
    fc.assert(
      fc.property(renditions, (given) => {
        const { variants, independentSegments } = readMaster(masterPlaylist(given))
        assert.isTrue(independentSegments)
        const read = variants.map(({ uri, codecs, bandwidth, averageBandwidth: average }) => ({
          name: uri.replace("/index.m3u8", ""),
          codecs,
          bandwidth,
          averageBandwidth: average
        }))
        assert.sameDeepMembers(read, [...given])
        assert.deepStrictEqual(
          read.map(({ bandwidth }) => bandwidth),
          given.map(({ bandwidth }) => bandwidth).toSorted((a, b) => a - b)
        )
      })
    ))
})

describe("the secret of a share link", () => {
  const shareIn = (uri: string | undefined): string | null => new URL(uri ?? "", "http://a/").searchParams.get("share")
  const without = (text: string): string => text.replaceAll(/\?share=[^"\n]*/gu, "")

  it("is carried on to every address, and changes nothing else", () =>
    fc.assert(
      fc.property(durations, renditions, secret, (lengths, given, share) => {
        const media = mediaPlaylist(lengths)
        const master = masterPlaylist(given)
        const read = readMedia(carryShare(media, share))
        for (const { uri, map } of read.segments) {
          assert.strictEqual(shareIn(uri), share)
          assert.strictEqual(shareIn(map?.uri), share)
        }
        for (const { uri } of readMaster(carryShare(master, share)).variants) assert.strictEqual(shareIn(uri), share)
        for (const text of [media, master]) assert.strictEqual(without(carryShare(text, share)), text)
      })
    ))
  it("leaves playlists in ASCII, which their bytes are", () =>
    fc.assert(
      fc.property(durations, secret, (lengths, share) => {
        const text = carryShare(mediaPlaylist(lengths), share)
        assert.strictEqual(playlistText(playlistBytes(text)), text)
        assert.deepStrictEqual(Buffer.from(playlistBytes(text)), Buffer.from(text, "utf8"))
      })
    ))
})

describe("bandwidth", () => {
  const segment = fc.record({ bytes: fc.integer({ min: 1, max: 2_000_000 }), duration })
  const segments = fc.array(segment, { minLength: 1, maxLength: 40 })

  it("is on average all bits over all time, and at its peak never less", () =>
    fc.assert(
      fc.property(segments, (given) => {
        const target = targetDurationOf(given.map((one) => one.duration))
        const bits = given.reduce((sum, { bytes }) => sum + bytes * 8, 0)
        const time = given.reduce((sum, one) => sum + one.duration, 0)
        assert.strictEqual(averageBandwidth(given), Math.ceil(bits / time))
        assert.isAtLeast(peakBandwidth(given, target), averageBandwidth(given))
      })
    ))

  it("at its peak is that of the densest run of half to one and a half target durations", () =>
    fc.assert(
      fc.property(segments, (given) => {
        const target = targetDurationOf(given.map((one) => one.duration))
        const runs = given.flatMap((_, first) =>
          given.slice(first).map((_one, more) => {
            const run = given.slice(first, first + more + 1)
            const time = run.reduce((sum, one) => sum + one.duration, 0)
            return { time, rate: Math.ceil((run.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / time) }
          })
        )
        const counted = runs.filter(({ time }) => time >= target / 2 && time <= target * 1.5).map(({ rate }) => rate)
        assert.strictEqual(peakBandwidth(given, target), Math.max(averageBandwidth(given), ...counted))
      })
    ))
})

describe("the renditions worth making", () => {
  const facts = fc.record({
    bitrate: fc.option(fc.integer({ min: 8000, max: 10_000_000 })),
    sampleRate: fc.option(
      fc.oneof(
        fc.constantFrom(8000, 11_025, 22_050, 32_000, 37_800, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000),
        fc.integer({ min: 1000, max: 400_000 })
      )
    ),
    channels: fc.option(fc.integer({ min: 1, max: 12 })),
    lossless: fc.option(fc.boolean())
  })
  const format = fc.constantFrom("mp3", "flac", "wav", "ogg", "m4a", "aac", "aiff")

  it("are never none, never twice the same, and lossless only of what is", () =>
    fc.assert(
      fc.property(format, facts, (kind, given) => {
        const plans = planRenditions(kind, given)
        const names = plans.map(({ name }) => name)
        assert.include(names, "aac-64")
        assert.strictEqual(new Set(names).size, names.length)
        if (given.lossless !== true) assert.notInclude(names, "flac")
        for (const { bitrate, name } of plans) {
          if (bitrate === undefined || name === "aac-64") continue
          if (given.lossless !== true && given.bitrate !== null) assert.isAtMost(bitrate, given.bitrate * 1.05)
          if (given.channels === 1) assert.isAtMost(bitrate, 128_000)
        }
      })
    ))

  it("have segments of the same time, about six seconds, of whole frames", () =>
    fc.assert(
      fc.property(format, facts, (kind, given) => {
        const plans = planRenditions(kind, given)
        for (const { segment, frame, sampleRate, codecs, channels } of plans) {
          assert.strictEqual(segment % frame, 0)
          assert.strictEqual(segment / sampleRate, (plans[0]?.segment ?? 0) / (plans[0]?.sampleRate ?? 1))
          assert.isAtMost(Math.abs(segment / sampleRate - 6), 0.3)
          if (codecs === "mp4a.40.2") assert.isAtMost(channels, 2)
          if (codecs === "fLaC") assert.isAtMost(frame, 65_535)
        }
      })
    ))
})

describe("renditions that are published together", () => {
  it("begin their segments together; only the last may end a little apart", () =>
    fc.assert(
      fc.property(durations, fc.nat(59), fc.double({ min: 0.001, max: 0.02, noNaN: true }), (given, which, by) => {
        const moved = given.map((one, i) => (i === which ? one + by : one))
        assert.isTrue(areAligned(given, given, 0.02))
        const isLast = which >= given.length - 1
        assert.strictEqual(areAligned(given, moved, 0.021), isLast)
        assert.isFalse(areAligned(given, [...given, 1], 1))
      })
    ))
})

describe("a storage key", () => {
  it("tells whose track it is of, and nothing else does", () =>
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.constantFrom("mp3", "flac", "m4a"), (user, track, extension) => {
        const [userId, trackId] = [UserId.make(user), TrackId.make(track)]
        assert.deepStrictEqual(ownerOfStorageKey(storageKeyOf(userId, trackId, extension)), { userId, trackId })
        assert.isUndefined(ownerOfStorageKey(`tracks/../${track}.mp3`))
        assert.isUndefined(ownerOfStorageKey(`tracks/${user}/${track}`))
      })
    ))
})

it("attempts at renditions lie further and further apart", () => {
  assert.deepStrictEqual([1, 2, 3].map(buildBackoff), [1, 10, 100])
})
