import fc from "fast-check"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { Day } from "@veza/domain/kernel"
import { TrackId } from "@veza/domain/tracks"
import {
  fitRelease,
  gtinCheckDigit,
  type ReleaseCover,
  type ReleaseDraft,
  releaseFaults,
  type ReleaseFacts
} from "@veza/domain/distribution"

const today = Day.make("2026-06-01")
const ids = Array.from({ length: 6 }, (_, n) => TrackId.make(`00000000-0000-4000-8000-00000000000${n}`))
const idAt = (n: number): TrackId => ids[n] ?? TrackId.make("00000000-0000-4000-8000-000000000009")

const cover: ReleaseCover = {
  storageKey: "images/x.jpeg",
  contentHash: "0".repeat(64),
  format: "jpeg",
  width: 3000,
  height: 3000,
  sizeBytes: 1,
  changedAt: DateTime.makeUnsafe(0)
}

const facts = (more: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  today,
  tracks: new Map(
    ids.map((id) => [
      id,
      { id, title: "A Song", isrc: null, status: "ready", isBlocked: false, durationMs: 1000 } as const
    ])
  ),
  isrcs: new Map(),
  holders: new Map(),
  isUpcTaken: false,
  users: new Set(),
  cover,
  ...more
})

const good = (count: number): ReleaseDraft => ({
  kind: count > 1 ? "album" : "single",
  title: "Low Tide",
  artists: [{ name: "Nia", role: "primary" }],
  label: "Harbour",
  genre: "Electronic",
  language: "en",
  explicit: false,
  p_line: { year: 2026, owner: "Harbour" },
  c_line: { year: 2026, owner: "Harbour" },
  release_date: Day.make("2026-07-01"),
  upc: `03600029145${gtinCheckDigit("03600029145")}`,
  isrc_prefix: "QZABC",
  tracks: Array.from({ length: count }, (_, n) => ({
    track_id: idAt(n),
    contributors: [{ name: "Nia Okafor", roles: ["composer"] }],
    shares: [{ name: "Nia", share_bps: 10_000 }]
  }))
})

/** Ways to spoil a release, each with the fault that it must have. */
const spoilers: Readonly<Record<string, (draft: ReleaseDraft) => ReleaseDraft>> = {
  "upc UPC_INVALID": (draft) => ({ ...draft, upc: "1" }),
  "genre GENRE_UNKNOWN": (draft) => ({ ...draft, genre: "Noise of the Spheres" }),
  "language LANGUAGE_UNKNOWN": (draft) => ({ ...draft, language: "xx" }),
  "territories.0 TERRITORY_UNKNOWN": (draft) => ({ ...draft, territories: ["XX"] }),
  "release_date RELEASE_DATE_PAST": (draft) => ({ ...draft, release_date: Day.make("2026-05-31") }),
  "artists PRIMARY_ARTIST_REQUIRED": (draft) => ({ ...draft, artists: [{ name: "Nia", role: "featured" }] }),
  "p_line.year RIGHTS_YEAR": (draft) => ({ ...draft, p_line: { year: 1500, owner: "Harbour" } }),
  "title TITLE_FEATURING": (draft) => ({ ...draft, title: "Low Tide (feat. Jo)" }),
  "isrc_prefix ISRC_PREFIX_INVALID": (draft) => ({ ...draft, isrc_prefix: "1" }),
  "tracks.0.shares SHARES_SUM": ({ tracks, ...draft }) => ({
    ...draft,
    tracks: tracks.map((track, n) => (n === 0 ? { ...track, shares: [{ name: "Nia", share_bps: 1 }] } : track))
  }),
  "tracks.0.contributors WRITER_REQUIRED": ({ tracks, ...draft }) => ({
    ...draft,
    tracks: tracks.map((track, n) => (n === 0 ? { ...track, contributors: [] } : track))
  })
}

const told = (draft: ReleaseDraft, known: ReleaseFacts = facts()) =>
  releaseFaults(draft, known).map(({ field, code }) => `${field} ${code}`)

describe("the faults of a release", () => {
  it("are none where all is well, and then it is fit to be sent", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (count) => {
        expect(told(good(count))).toEqual([])
        expect(fitRelease(good(count), facts())?.tracks).toHaveLength(count)
      })
    )
  })

  it("are exactly those that were made, all at once", () => {
    const chosen = fc.subarray(Object.keys(spoilers))
    fc.assert(
      fc.property(chosen, fc.integer({ min: 1, max: 3 }), (names, count) => {
        const spoiled = names.reduce((draft, name) => spoilers[name]?.(draft) ?? draft, good(count))
        expect(told(spoiled).toSorted()).toEqual(names.toSorted())
      })
    )
  })

  it("say with each what to do", () => {
    const empty: ReleaseDraft = { kind: "album", title: "X", artists: [], tracks: [] }
    for (const { message, fix } of releaseFaults(empty, facts({ cover: null }))) {
      expect([message, fix].every((text) => /\S{2,}/u.test(text))).toBe(true)
    }
  })

  it("name shares that do not sum to 10 000 basis points, and only those", () => {
    const shares = fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 6 })
    fc.assert(
      fc.property(shares, (parts) => {
        const [track] = good(1).tracks
        const listed = parts.map((share_bps, n) => ({ name: `Person ${n}`, share_bps }))
        const draft = { ...good(1), tracks: track === undefined ? [] : [{ ...track, shares: listed }] }
        const sum = parts.reduce((total, part) => total + part, 0)
        expect(told(draft)).toEqual(sum === 10_000 ? [] : ["tracks.0.shares SHARES_SUM"])
      })
    )
  })

  it("name codes that are another recording's, twice in the release, or not what the recording went out under", () => {
    const draft = good(2)
    const coded = { ...draft, tracks: draft.tracks.map((track) => ({ ...track, isrc: "QZ-ABC-26-00001" })) }
    expect(told(coded)).toEqual(["tracks.1.isrc ISRC_TWICE"])
    expect(told(coded, facts({ holders: new Map([["QZABC2600001", idAt(5)]]) }))).toEqual([
      "tracks.0.isrc ISRC_TAKEN",
      "tracks.1.isrc ISRC_TAKEN"
    ])
    const known = facts({ isrcs: new Map([[idAt(0), "QZABC2600009"]]) })
    expect(told(coded, known)).toEqual(["tracks.0.isrc ISRC_DIFFERS"])
  })

  it("let a band be called what it is, and tell guests from it", () => {
    const called = (name: string) => told({ ...good(1), artists: [{ name, role: "primary" }] })
    expect(called("Mumford & Sons")).toEqual([])
    expect(called("Nia feat. Jo")).toEqual(["artists.0.name ARTIST_SEVERAL"])
  })

  it("name tracks that are not there, blocked, or not ready", () => {
    const [first, ...rest] = [...facts().tracks.values()]
    if (first === undefined) throw new Error("no track")
    const withFirst = (change: object) =>
      facts({ tracks: new Map([first, ...rest].map((one) => [one.id, one === first ? { ...one, ...change } : one])) })
    expect(told(good(1), withFirst({ isBlocked: true }))).toEqual(["tracks.0.track_id TRACK_BLOCKED"])
    expect(told(good(1), withFirst({ status: "processing" }))).toEqual(["tracks.0.track_id TRACK_NOT_READY"])
    expect(told(good(1), facts({ tracks: new Map() }))).toEqual(["tracks.0.track_id TRACK_NOT_FOUND"])
  })

  it("name a cover that is not square or too small", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6000 }), fc.integer({ min: 1, max: 6000 }), (width, height) => {
        const codes = told(good(1), facts({ cover: { ...cover, width, height } }))
        expect(codes.includes("cover COVER_NOT_SQUARE")).toBe(width !== height)
        expect(codes.includes("cover COVER_TOO_SMALL")).toBe(Math.min(width, height) < 3000)
      })
    )
  })
})
