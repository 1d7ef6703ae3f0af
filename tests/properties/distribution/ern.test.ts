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
import { Day, plusDays, UserId } from "@veza/domain/kernel"
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

  it("ends its deals when it is a takedown, and no deal before it begins", () => {
    const days = fc.integer({ min: -500, max: 500 }).map((offset) => plusDays(Day.make("2026-06-01"), offset))
    fc.assert(
      fc.property(days, (sold) => {
        const { input } = inputOf(["A"], "B", "takedown")
        const message = { ...input.message, content: { ...input.message.content, release_date: sold } }
        const xml = newReleaseMessage({ ...input, message })
        const [start = "", end = ""] = ["Start", "End"].map(
          (word) => new RegExp(`<${word}DateTime>([^<]+)<`, "u").exec(xml)?.[1]
        )
        expect(end).toBe("2026-06-01T00:00:00.000Z")
        expect(start <= end).toBe(true)
        expect(ernFaults(xml, [])).toEqual([])
      })
    )
    expect(newReleaseMessage(inputOf(["A"], "B", "new").input)).not.toContain("EndDateTime")
  })

  it("tells only in words of DDEX what people do and how sound is coded", () => {
    const { input, written } = inputOf(["One"], "Nia", "new")
    const [track] = input.message.content.tracks
    const [sound] = input.message.sounds
    if (track === undefined || sound === undefined) throw new Error("no track")
    const told = (more: Partial<ContentTrack>, codec: string) => {
      const content = { ...input.message.content, tracks: [{ ...track, ...more }] }
      const xml = newReleaseMessage({ ...input, message: { ...input.message, content, sounds: [{ ...sound, codec }] } })
      expect(ernFaults(xml, written)).toEqual([])
      return xml
    }
    const remixed = told({ artists: [...track.artists, { name: "Jo", role: "remixer" }] }, "MPEG 1 Layer 3")
    expect(remixed).toMatch(/<DisplayArtistRole>Artist<\/DisplayArtistRole>\s+<ArtisticRole>Remixer</u)
    expect(remixed).toContain("<AudioCodecType>MP3<")
    const twice = [
      { name: "Jo", roles: ["composer"], ipi: "I0010681306" },
      { name: "Jo", roles: ["producer", "composer"], isni: "000000012150090X" }
    ] as const
    const credited = told({ contributors: twice }, "Opus")
    expect(credited.match(/<Contributor /gu)).toHaveLength(1)
    expect(credited.match(/<Role>\w+/gu)).toEqual(["<Role>Composer", "<Role>StudioProducer"])
    expect(credited).toMatch(/<ISNI>000000012150090X<\/ISNI>\s+<ProprietaryId[^>]*>I0010681306</u)
    const namesakes = [
      { name: "Jo", roles: ["composer"], ipi: "00014107338" },
      { name: "Jo", roles: ["lyricist"], ipi: "00014107437" },
      { name: "Jo", roles: ["producer"] }
    ] as const
    const both = told({ contributors: namesakes }, "FLAC")
    expect(both.match(/<IpiNameNumber>\d+/gu)).toHaveLength(2)
    expect(both.match(/<Role>\w+/gu)).toEqual(["<Role>Composer", "<Role>StudioProducer", "<Role>Lyricist"])
    expect(credited).toContain('UserDefinedValue="Opus">UserDefined<')
    expect(credited).toContain('<SamplingRate UnitOfMeasure="Hz">44100<')
  })
})

describe("the structural checker", () => {
  const { input, written } = inputOf(["One", "Two"], "Nia", "new")
  const xml = newReleaseMessage(input)

  it("finds what is missing, led astray, twice, or not what it is told to be", () => {
    const spoiled: ReadonlyArray<readonly [string, RegExp]> = [
      [xml.slice(0, -5), /well-formed/],
      [xml.replace(/<PartyList>[^]*<\/PartyList>/u, ""), /NewReleaseMessage holds MessageHeader ResourceList/],
      [xml.replace(/(<Duration>.*\n)\s+(<ParentalWarningType>.*\n)/u, "$2$1"), /SoundRecording holds/],
      [xml.replace(/(<HashSum>[^]*?<\/HashSum>)/u, "$1$1"), /File holds URI HashSum HashSum/],
      [
        xml.replace(
          /(P1<\/PartyReference>)\s+(<PartyName>[^]*?<\/PartyName>)\s+(<PartyId>[^]*?<\/PartyId>)/u,
          "$1$3$2"
        ),
        /Party holds PartyReference PartyId PartyName/
      ],
      [xml.replace(/(<ICPN>\d+)</u, "<ISRC>QZABC2600001</ISRC>$1<"), /ReleaseId holds ISRC ICPN/],
      [xml.replace("<ReleaseResourceReference>A1<", "<ReleaseResourceReference>A9<"), /the resource A9 is not there/],
      [xml.replace("<ResourceReference>A2<", "<ResourceReference>A1<"), /A1 is there twice/],
      [xml.replace("QZABC2600001", "QZABC26X0001"), /is no ISRC/],
      [xml.replace(/<ICPN>\d+</u, "<ICPN>036000291453<"), /is no UPC/],
      [xml.replace("0".repeat(32), "f".repeat(32)), /another MD5/],
      [xml.replace("<FileSize>0.001<", "<FileSize>1<"), /another size/],
      [xml.replace("<URI>resources/1.flac<", "<URI>resources/7.flac<"), /resources\/7.flac is named and not there/]
    ]
    for (const [text, fault] of spoiled) expect(ernFaults(text, written).join("; ")).toMatch(fault)
    expect(ernFaults(xml, [...written, ...files(9).slice(8)])).toEqual(["resources/8.flac is not told of"])
    expect(ernFaults(xml, written)).toEqual([])
  })
})
