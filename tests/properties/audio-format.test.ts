import {
  agrees,
  audioFormatNames,
  audioFormats,
  formatOfExtension,
  id3v2End,
  sniffAudioFormat
} from "@veza/domain/tracks"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const join = (...parts: ReadonlyArray<Uint8Array | string>): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)))
const id3 = (bytes: number, flags = 0) =>
  join("ID3\x04\x00", Uint8Array.of(flags, bytes >> 21, (bytes >> 14) & 127, (bytes >> 7) & 127, bytes & 127))
const repeat = (frame: Uint8Array, count: number) => join(...Array.from({ length: count }, () => frame))

/** MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes. */
const mp3 = repeat(join(Uint8Array.of(0xff, 0xfb, 0x90, 0x00), new Uint8Array(413)), 3)
/** ADTS, AAC LC, 44.1 kHz, stereo, 100 bytes. */
const aac = repeat(join(Uint8Array.of(0xff, 0xf1, 0x50, 0x80, 0x0c, 0x9f, 0xfc), new Uint8Array(93)), 3)
const flac = join("fLaC", Uint8Array.of(0, 0, 0, 34), new Uint8Array(34))
const oggPage = (payload: string) => join("OggS\x00\x02", new Uint8Array(20), Uint8Array.of(1, payload.length), payload)
const ftyp = (brand: string) => join("\0\0\0\x20ftyp", brand, "\0\0\x02\0isom")

const known = [
  ["mp3", mp3],
  ["mp3", join(id3(1000), new Uint8Array(1000), mp3)],
  ["mp3", join(id3(20, 0x10), new Uint8Array(30), mp3)],
  ["mp3", join(id3(5), new Uint8Array(5), new Uint8Array(300), mp3)],
  ["mp3", join(id3(5), new Uint8Array(5), "APIC left over from a wrong length", mp3)],
  ["mp3", join(id3(1_000_000), new Uint8Array(65_526))],
  ["flac", flac],
  ["flac", join(id3(40), new Uint8Array(40), flac)],
  ["aac", aac],
  ["aac", join(id3(40), new Uint8Array(40), aac)],
  ["wav", join("RIFF\0\0\0\0WAVEfmt ")],
  ["wav", join("RF64\xff\xff\xff\xffWAVEds64")],
  ["aiff", join("FORM\0\0\0\0AIFFCOMM")],
  ["aiff", join("FORM\0\0\0\0AIFCFVER")],
  ["ogg", oggPage("\x01vorbis\0\0\0\0")],
  ["ogg", oggPage("OpusHead\x01")],
  ["ogg", join(oggPage("fishead\0\x03"), oggPage("OpusHead\x01"))],
  ["m4a", ftyp("M4A ")],
  ["m4a", ftyp("mp42")],
  ["m4a", ftyp("isom")]
] as const

const foreign: ReadonlyArray<readonly [string, Uint8Array]> = [
  ["text", join("This is not music. ".repeat(50))],
  ["HTML", join("<!doctype html><script>alert(1)</script>")],
  ["PDF", join("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")],
  ["PNG", join("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")],
  ["ZIP that holds an MP3", join("PK\x03\x04\x0a\0\0\0\0\0", new Uint8Array(20), "a.mp3", mp3)],
  ["ELF", join("\x7fELF\x02\x01\x01\0", new Uint8Array(56))],
  ["M3U", join("#EXTM3U\n#EXTINF:10,\nhttp://example.com/a.mp3\n")],
  ["AVI", join("RIFF\0\0\0\0AVI LIST")],
  ["WebP", join("RIFF\0\0\0\0WEBPVP8 ")],
  ["HEIC", ftyp("heic")],
  ["QuickTime", ftyp("qt  ")],
  ["Theora", oggPage("\x80theora\x03")],
  ["one false sync", join(Uint8Array.of(0xff, 0xfb, 0x90, 0x00), "text ".repeat(200))],
  ["text behind an ID3 tag", join(id3(4), "\0\0\0\0", "text ".repeat(200))],
  ["UTF-16 text", join("\xff\xfeh\0e\0l\0l\0o\0")],
  ["nothing", new Uint8Array(0)]
]

describe("sniffing an audio format", () => {
  it.each(known.map(([format, bytes], i) => [format, i, bytes] as const))("finds %s (%i)", (format, _, bytes) => {
    expect(sniffAudioFormat(bytes)).toBe(format)
  })

  it.each(foreign)("refuses %s", (_, bytes) => {
    expect(sniffAudioFormat(bytes)).toBeUndefined()
  })

  it("never throws, whatever the bytes", () => {
    const starts = fc.constantFrom("", "ID3", "OggS", "fLaC", "RIFF", "FORM", "\0\0\0\x20ftyp", "\xff\xfb", "\xff\xf1")
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 600 }), (start, bytes) => {
        const format = sniffAudioFormat(join(start, bytes))
        expect(format === undefined || audioFormatNames.includes(format)).toBe(true)
        expect(id3v2End(join(start, bytes))).toBeGreaterThanOrEqual(0)
      })
    )
  })

  it("stays with its judgement when more of the file is seen", () => {
    const untagged = known.filter(([, bytes]) => id3v2End(bytes) === 0)
    fc.assert(
      fc.property(fc.constantFrom(...untagged), fc.nat({ max: 1300 }), fc.uint8Array(), ([, bytes], cut, more) => {
        const early = sniffAudioFormat(bytes.subarray(0, cut))
        if (early !== undefined) expect(sniffAudioFormat(join(bytes, more))).toBe(early)
      })
    )
  })

  it("looks at nothing but the bytes given", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.uint8Array({ maxLength: 40 }), ([format, bytes], around) => {
        const inside = join(around, bytes, around).subarray(around.length, around.length + bytes.length)
        expect(sniffAudioFormat(inside)).toBe(format)
      })
    )
  })
})

describe("the extension of a file name", () => {
  it("agrees with exactly one format, whatever its case", () => {
    for (const format of audioFormatNames) {
      for (const extension of audioFormats[format].extensions) {
        expect(formatOfExtension(`My.Song.${extension.toUpperCase()}`)).toBe(format)
        expect(audioFormatNames.filter((name) => agrees(name, `a.${extension}`))).toEqual([format])
      }
    }
  })

  it.each(["song", "song.", "song.txt", "song.mp4", "song.mp3.exe", "mp3", ""])("stands for nothing in %j", (name) => {
    expect(formatOfExtension(name)).toBeUndefined()
  })
})
