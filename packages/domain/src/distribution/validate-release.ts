import { type Day, plusDays, territories } from "../kernel/index.ts"
import type { TrackId, TrackStatus } from "../tracks/index.ts"
import { isGtin, normalGtin } from "./codes/gtin.ts"
import { isIsrc, isIsrcPrefix, normalIsrc } from "./codes/isrc.ts"
import { normalIpi } from "./codes/ipi.ts"
import { normalIsni } from "./codes/isni.ts"
import { genres, languages, worldwide } from "./codes/vocabularies.ts"
import type { FitRelease, FitTrack } from "./content.ts"
import { minCoverSide } from "./cover-facts.ts"
import { fault, type ReleaseFault, when } from "./faults.ts"
import { artistFaults, contributorFaults, shareFaults } from "./party-faults.ts"
import type {
  Artist,
  Contributor,
  ReleaseCover,
  ReleaseDraft,
  ReleaseKind,
  ReleaseTrackDraft,
  RightsLine
} from "./release.ts"
import { titleFaults, versionInTitle } from "./title-faults.ts"

/** What validation knows of a track that is the owner's. */
export interface TrackFacts {
  readonly id: TrackId
  readonly title: string
  readonly isrc: string | null
  readonly status: TrackStatus
  readonly isBlocked: boolean
  readonly durationMs: number | null
}

/** What validation knows beside the draft. */
export interface ReleaseFacts {
  readonly today: Day
  /** Those of the owner's tracks that the draft names. */
  readonly tracks: ReadonlyMap<TrackId, TrackFacts>
  /** Codes that these tracks have been sent to stores with. */
  readonly isrcs: ReadonlyMap<TrackId, string>
  /** Whose recordings the codes in the draft are already. */
  readonly holders: ReadonlyMap<string, TrackId>
  /** Another release went to the stores under this UPC. */
  readonly isUpcTaken: boolean
  readonly users: ReadonlySet<string>
  readonly cover: ReleaseCover | null
}

/** How many tracks each kind of release may have. */
export const trackCounts: Readonly<Record<ReleaseKind, { readonly from: number; readonly to: number }>> = {
  single: { from: 1, to: 3 },
  ep: { from: 2, to: 6 },
  album: { from: 2, to: 200 }
}

/** Days that a release may lie ahead; stores take none that is further. */
const furthest = 730

const required = (field: string, code: string, what: string, fix: string) =>
  fault(field, code, `is required: ${what}`, fix)

const lineFaults = (field: string, line: RightsLine | undefined, today: Day): ReadonlyArray<ReleaseFault> => {
  if (line === undefined) {
    return [required(field, "RIGHTS_LINE_REQUIRED", "year and owner", "Give the year and who owns the rights")]
  }
  const thisYear = Number(today.slice(0, 4))
  return when(line.year < 1860 || line.year > thisYear + 1, () =>
    fault(`${field}.year`, "RIGHTS_YEAR", "is no year of a recording", `Give a year from 1860 to ${thisYear + 1}`)
  )
}

const languageFaults = (field: string, language: string | undefined): ReadonlyArray<ReleaseFault> => {
  const fix = "Give a code of ISO 639-1 such as `en`, or `zxx` for music without words"
  if (language === undefined) return [required(field, "LANGUAGE_REQUIRED", "the language of the words", fix)]
  return when(!languages.has(language), () => fault(field, "LANGUAGE_UNKNOWN", "is no language of ISO 639", fix))
}

const territoryFaults = (listed: ReadonlyArray<string>): ReadonlyArray<ReleaseFault> => [
  ...when(listed.length === 0, () =>
    fault("territories", "TERRITORY_REQUIRED", "names no territory", "Name territories, or `WORLD` for all of them")
  ),
  ...when(listed.includes(worldwide) && listed.length > 1, () =>
    fault("territories", "TERRITORY_WORLD", "names the world and parts of it", "Name `WORLD` alone, or territories")
  ),
  ...listed.flatMap((territory, at) => [
    ...when(territory !== worldwide && !territories.has(territory), () =>
      fault(`territories.${at}`, "TERRITORY_UNKNOWN", "is no territory of ISO 3166-1", "Give two capitals such as `FR`")
    ),
    ...when(listed.indexOf(territory) !== at, () =>
      fault(`territories.${at}`, "TERRITORY_TWICE", "is named twice", "Name each territory once")
    )
  ])
]

const dateFaults = (draft: ReleaseDraft, today: Day): ReadonlyArray<ReleaseFault> => {
  const { release_date: date, original_release_date: original } = draft
  if (date === undefined) {
    return [required("release_date", "RELEASE_DATE_REQUIRED", "the day of sale", "Give a day, today or later")]
  }
  return [
    ...when(date < today, () =>
      fault(
        "release_date",
        "RELEASE_DATE_PAST",
        "lies in the past",
        "Give today or a later day; when it first came out belongs into `original_release_date`"
      )
    ),
    ...when(date > plusDays(today, furthest), () =>
      fault("release_date", "RELEASE_DATE_FAR", "is more than two years away", "Give a day within two years")
    ),
    ...when(original !== undefined && original > date, () =>
      fault("original_release_date", "ORIGINAL_DATE_LATER", "comes after the release date", "Leave it out if it is new")
    )
  ]
}

const upcFaults = ({ upc }: ReleaseDraft, isTaken: boolean): ReadonlyArray<ReleaseFault> => {
  if (upc === undefined) {
    return [required("upc", "UPC_REQUIRED", "the code of the release", "Give a UPC or EAN from your label or GS1")]
  }
  if (!isGtin(normalGtin(upc))) {
    return [
      fault("upc", "UPC_INVALID", "is no UPC or EAN: its check digit does not fit", "Copy all 12 or 13 digits again")
    ]
  }
  return when(isTaken, () => fault("upc", "UPC_TAKEN", "is another release's", "Give each release a code of its own"))
}

const coverFaults = (cover: ReleaseCover | null): ReadonlyArray<ReleaseFault> => {
  const fix = `Send a square JPEG or PNG of at least ${minCoverSide} × ${minCoverSide} pixels`
  if (cover === null) return [required("cover", "COVER_REQUIRED", "the picture of the release", fix)]
  return [
    ...when(cover.width !== cover.height, () =>
      fault("cover", "COVER_NOT_SQUARE", `is ${cover.width} × ${cover.height} pixels`, fix)
    ),
    ...when(Math.min(cover.width, cover.height) < minCoverSide, () =>
      fault("cover", "COVER_TOO_SMALL", `is ${cover.width} × ${cover.height} pixels`, fix)
    )
  ]
}

const kindFaults = ({ kind, tracks }: ReleaseDraft): ReadonlyArray<ReleaseFault> => {
  const { from, to } = trackCounts[kind]
  if (tracks.length === 0) {
    return [required("tracks", "TRACKS_REQUIRED", "at least one track", "Add the tracks in their order")]
  }
  return when(tracks.length < from || tracks.length > to, () =>
    fault("tracks", "TRACK_COUNT", `are ${tracks.length}, which is no ${kind}`, `A ${kind} has ${from} to ${to} tracks`)
  )
}

/** The code that a track goes with: the one it has, the one given, the one in its file; undefined: to be made. */
export const isrcOfTrack = (track: ReleaseTrackDraft, facts: ReleaseFacts): string | undefined => {
  const known = facts.isrcs.get(track.track_id)
  if (known !== undefined) return known
  if (track.isrc !== undefined) return normalIsrc(track.isrc)
  const inFile = facts.tracks.get(track.track_id)?.isrc ?? null
  const code = inFile === null ? undefined : normalIsrc(inFile)
  return code === undefined || !isIsrc(code) || facts.holders.has(code) ? undefined : code
}

const isrcFaults = (draft: ReleaseDraft, facts: ReleaseFacts, at: number): ReadonlyArray<ReleaseFault> => {
  const track = draft.tracks[at]
  if (track === undefined) return []
  const field = `tracks.${at}.isrc`
  const given = track.isrc === undefined ? undefined : normalIsrc(track.isrc)
  const known = facts.isrcs.get(track.track_id)
  if (given !== undefined && !isIsrc(given)) {
    return [fault(field, "ISRC_INVALID", "is no ISRC", "Give its 12 characters, as in US-S1Z-99-00001")]
  }
  if (given !== undefined && known !== undefined && given !== known) {
    return [
      fault(field, "ISRC_DIFFERS", `is not ${known}, the recording's`, "A recording keeps its ISRC: leave it out")
    ]
  }
  const code = isrcOfTrack(track, facts)
  if (code === undefined) {
    return when(draft.isrc_prefix === undefined, () =>
      required(
        field,
        "ISRC_REQUIRED",
        "the code of the recording",
        "Give it, or your label's `isrc_prefix` to make one"
      )
    )
  }
  const holder = facts.holders.get(code)
  if (holder !== undefined && holder !== track.track_id) {
    return [fault(field, "ISRC_TAKEN", "is another recording's", "Give each recording a code of its own")]
  }
  const isTwice = draft.tracks.slice(0, at).some((other) => isrcOfTrack(other, facts) === code)
  return when(isTwice, () =>
    fault(field, "ISRC_TWICE", "is that of another track here", "Give each recording a code of its own")
  )
}

const readinessFaults = (
  field: string,
  { track_id }: ReleaseTrackDraft,
  facts: ReleaseFacts
): ReadonlyArray<ReleaseFault> => {
  const track = facts.tracks.get(track_id)
  const path = `${field}.track_id`
  if (track === undefined) return [fault(path, "TRACK_NOT_FOUND", "is no track of yours", "Name a track you uploaded")]
  if (track.isBlocked) {
    return [
      fault(path, "TRACK_BLOCKED", "is blocked for a claim of infringement", "Settle the claim, or leave the track out")
    ]
  }
  return when(track.status !== "ready", () =>
    fault(path, "TRACK_NOT_READY", `is ${track.status}`, "Wait until it is ready, or upload it again")
  )
}

const trackFaults = (draft: ReleaseDraft, facts: ReleaseFacts, at: number): ReadonlyArray<ReleaseFault> => {
  const track = draft.tracks[at]
  if (track === undefined) return []
  const field = `tracks.${at}`
  const title = track.title ?? facts.tracks.get(track.track_id)?.title
  return [
    ...readinessFaults(field, track, facts),
    ...when(
      draft.tracks.slice(0, at).some(({ track_id }) => track_id === track.track_id),
      () => fault(`${field}.track_id`, "TRACK_TWICE", "is in the release already", "Name each track once")
    ),
    ...(title === undefined
      ? []
      : [...titleFaults(`${field}.title`, title), ...versionInTitle(`${field}.title`, title)]),
    ...(track.version === undefined ? [] : titleFaults(`${field}.version`, track.version)),
    ...isrcFaults(draft, facts, at),
    ...(track.artists === undefined ? [] : artistFaults(`${field}.artists`, track.artists)),
    ...(track.language === undefined ? [] : languageFaults(`${field}.language`, track.language)),
    ...when(track.explicit === undefined && draft.explicit === undefined, () =>
      required(`${field}.explicit`, "EXPLICIT_REQUIRED", "whether the words are explicit", "Say true or false")
    ),
    ...(track.p_line === undefined ? [] : lineFaults(`${field}.p_line`, track.p_line, facts.today)),
    ...contributorFaults(`${field}.contributors`, track.contributors),
    ...shareFaults(`${field}.shares`, track.shares, (id) => facts.users.has(id))
  ]
}

/** Everything that keeps a release from the stores, at once; nothing: it may go (40-distribution). */
export const releaseFaults = (draft: ReleaseDraft, facts: ReleaseFacts): ReadonlyArray<ReleaseFault> => [
  ...titleFaults("title", draft.title),
  ...versionInTitle("title", draft.title),
  ...(draft.version === undefined ? [] : titleFaults("version", draft.version)),
  ...artistFaults("artists", draft.artists),
  ...when(draft.label === undefined, () =>
    required("label", "LABEL_REQUIRED", "the label", "Give its name, or the artist's where there is none")
  ),
  ...when(draft.genre === undefined || !genres.has(draft.genre), () =>
    fault("genre", "GENRE_UNKNOWN", "is none that all stores know", `Choose one of: ${[...genres].join(", ")}`)
  ),
  ...languageFaults("language", draft.language),
  ...lineFaults("p_line", draft.p_line, facts.today),
  ...lineFaults("c_line", draft.c_line, facts.today),
  ...dateFaults(draft, facts.today),
  ...territoryFaults(draft.territories ?? [worldwide]),
  ...upcFaults(draft, facts.isUpcTaken),
  ...when(draft.isrc_prefix !== undefined && !isIsrcPrefix(normalIsrc(draft.isrc_prefix)), () =>
    fault("isrc_prefix", "ISRC_PREFIX_INVALID", "is no prefix", "Give country and registrant, as in `USS1Z`")
  ),
  ...coverFaults(facts.cover),
  ...kindFaults(draft),
  ...draft.tracks.flatMap((_, at) => trackFaults(draft, facts, at))
]

const fitArtist = ({ isni, ...artist }: Artist): Artist => ({
  ...artist,
  name: artist.name.trim(),
  ...(isni === undefined ? {} : { isni: normalIsni(isni) })
})
const fitContributor = ({ ipi, isni, ...one }: Contributor): Contributor => ({
  ...one,
  name: one.name.trim(),
  ...(ipi === undefined ? {} : { ipi: normalIpi(ipi) }),
  ...(isni === undefined ? {} : { isni: normalIsni(isni) })
})

/**
 * The release as stores are told of it, with everything filled in that tracks leave to it; undefined where something that
 * must be there is not. Ask only where `releaseFaults` finds nothing.
 */
export const fitRelease = (draft: ReleaseDraft, facts: ReleaseFacts): FitRelease | undefined => {
  const { label, genre, language, p_line, c_line, release_date, upc } = draft
  if (label === undefined || genre === undefined || language === undefined || upc === undefined) return undefined
  if (p_line === undefined || c_line === undefined || release_date === undefined || facts.cover === null)
    return undefined
  const artists = draft.artists.map(fitArtist)
  const tracks = draft.tracks.flatMap((track): ReadonlyArray<FitTrack> => {
    const known = facts.tracks.get(track.track_id)
    if (known === undefined || known.durationMs === null) return []
    return [
      {
        track_id: track.track_id,
        title: track.title ?? known.title,
        version: track.version ?? null,
        isrc: isrcOfTrack(track, facts),
        artists: track.artists?.map(fitArtist) ?? artists,
        language: track.language ?? language,
        explicit: track.explicit ?? draft.explicit ?? false,
        p_line: track.p_line ?? p_line,
        contributors: track.contributors.map(fitContributor),
        shares: track.shares,
        duration_ms: known.durationMs
      }
    ]
  })
  if (tracks.length !== draft.tracks.length) return undefined
  return {
    kind: draft.kind,
    title: draft.title,
    version: draft.version ?? null,
    artists,
    label,
    genre,
    language,
    explicit: tracks.some(({ explicit }) => explicit),
    p_line,
    c_line,
    original_release_date: draft.original_release_date ?? null,
    release_date,
    territories: draft.territories ?? [worldwide],
    upc: normalGtin(upc),
    cover: facts.cover,
    tracks,
    isrcPrefix: draft.isrc_prefix === undefined ? undefined : normalIsrc(draft.isrc_prefix)
  }
}
