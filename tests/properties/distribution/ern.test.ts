import fc from "fast-check"
import { XMLParser } from "fast-xml-parser"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { ernFaults, newReleaseMessage, type WrittenFile } from "@veza/adapters/distributor"
import {
  type ContentTrack,
  deliveryIdOf,
  EntryId,
  gtinCheckDigit,
  type OutgoingMessage,
  ReleaseId
} from "@veza/domain/distribution"
import { Day, UserId } from "@veza/domain/kernel"
import { TrackId } from "@veza/domain/tracks"

const id = "00000000-0000-4000-8000-000000000001"
const line = { year: 2026, owner: "Harbour & Sons" }
/** Whatever people type: markup, quotes, other scripts, control characters. */
const anyText = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
    fc.constantFrom("<b>&amp;</b>", "]]>", "“Ω”", "\u0001x")
  )
  .map((text) => `a${text}z`)

const trackOf = (title: string, name: string, n: number): ContentTrack => ({
  track_id: TrackId.make(id),
  title,
  version: null,
  isrc: `QZABC260000${n}`,
  artists: [{ name, role: "primary" }],
  language: "en",
  explicit: false,
  p_line: line,
  contributors: [{ name: `${name} writes`, roles: ["composer"] }],
  shares: [],
  duration_ms: 183_400
})

const files = (count: number): ReadonlyArray<WrittenFile> =>
  Array.from({ length: count }, (_, n) => ({
    path: `resources/${n}.flac`,
    sizeBytes: n + 1,
    sha256: String(n).repeat(64),
    md5: String(n).repeat(32)
  }))

const inputOf = (titles: ReadonlyArray<string>, name: string, kind: OutgoingMessage["kind"]) => {
  const written = files(titles.length + 1)
  const upc = `03600029145${gtinCheckDigit("03600029145")}`
  const message: OutgoingMessage = {
    deliveryId: deliveryIdOf(EntryId.make(id), 1),
    platform: "spotify",
    kind,
    ownerId: UserId.make(id),
    releaseId: ReleaseId.make(id),
    content: {
      kind: "album",
      title: titles[0] ?? "",
      version: "Deluxe",
      artists: [{ name, role: "primary", isni: "000000012150090X" }],
      label: "Harbour & Sons",
      genre: "Electronic",
      language: "en",
      explicit: false,
      p_line: line,
      c_line: line,
      original_release_date: null,
      release_date: Day.make("2026-07-01"),
      territories: ["WORLD"],
      upc,
      cover: {
        storageKey: "x",
        contentHash: "0".repeat(64),
        format: "jpeg",
        width: 3000,
        height: 3000,
        sizeBytes: 1,
        changedAt: DateTime.makeUnsafe(0)
      },
      tracks: titles.map((title, n) => trackOf(title, name, n))
    },
    sounds: titles.map(() => ({
      trackId: TrackId.make(id),
      place: { storageBackend: "local", storageKey: "x" },
      format: "flac",
      sizeBytes: 1,
      codec: "FLAC",
      sampleRate: 44_100,
      channels: 2
    })),
    at: DateTime.makeUnsafe("2026-06-01T00:00:00.000Z")
  }
  const isTakedown = kind === "takedown"
  const input = {
    message,
    sender: "PADPIDA0000000000X",
    sounds: isTakedown ? [] : written.slice(0, -1),
    cover: isTakedown ? undefined : written.at(-1)
  }
  return { input, written: isTakedown ? [] : written }
}

describe("a release message", () => {
  it("passes the structural checker whatever people call their songs and themselves", () => {
    const titles = fc.array(anyText, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(titles, anyText, fc.constantFrom("new" as const, "takedown" as const), (named, name, kind) => {
        const { input, written } = inputOf(named, name, kind)
        expect(ernFaults(newReleaseMessage(input), written)).toEqual([])
      })
    )
  })

  it("says the same titles to a parser that it was made with", () => {
    const plain = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme-ascii" }).map((text) => `a${text}z`)
    const parser = new XMLParser({ parseTagValue: false, trimValues: false })
    fc.assert(
      fc.property(plain, (title) => {
        const tree = parser.parse(newReleaseMessage(inputOf([title], "Nia", "new").input))
        expect(tree["ern:NewReleaseMessage"].ResourceList.SoundRecording.DisplayTitleText).toBe(title)
      })
    )
  })

  it("ends its deals when it is a takedown", () => {
    expect(newReleaseMessage(inputOf(["A"], "B", "takedown").input)).toContain("<EndDate>2026-06-01</EndDate>")
    expect(newReleaseMessage(inputOf(["A"], "B", "new").input)).not.toContain("EndDate")
  })
})

describe("the structural checker", () => {
  const { input, written } = inputOf(["One", "Two"], "Nia", "new")
  const xml = newReleaseMessage(input)

  it("finds what is missing, led astray, twice, or not what it is told to be", () => {
    const spoiled: ReadonlyArray<readonly [string, RegExp]> = [
      [xml.slice(0, -5), /well-formed/],
      [xml.replace(/<PartyList>[^]*<\/PartyList>/u, ""), /PartyList/],
      [xml.replace("<ReleaseResourceReference>A1<", "<ReleaseResourceReference>A9<"), /the resource A9 is not there/],
      [xml.replace("<ResourceReference>A2<", "<ResourceReference>A1<"), /A1 is there twice/],
      [xml.replace("QZABC2600001", "QZABC26X0001"), /is no ISRC/],
      [xml.replace(/<ICPN>\d+</u, "<ICPN>036000291453<"), /is no UPC/],
      [xml.replace("0".repeat(64), "f".repeat(64)), /another SHA-256/],
      [xml.replace("<URI>resources/1.flac<", "<URI>resources/7.flac<"), /resources\/7.flac is named and not there/]
    ]
    for (const [text, fault] of spoiled) expect(ernFaults(text, written).join("; ")).toMatch(fault)
    expect(ernFaults(xml, [...written, ...files(9).slice(8)])).toEqual(["resources/8.flac is not told of"])
    expect(ernFaults(xml, written)).toEqual([])
  })
})
