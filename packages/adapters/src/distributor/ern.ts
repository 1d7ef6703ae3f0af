import { DateTime } from "effect"
import type {
  Artist,
  ContentTrack,
  Contributor,
  ContributorRole,
  OutgoingMessage,
  Platform,
  ReleaseContent,
  ReleaseKind
} from "@veza/domain/distribution"
import { document, type Element, element, withAttributes } from "./xml.ts"

/** The namespace of the release notification message, version 4.3 (DDEX, ERN). */
export const ernNamespace = "http://ddex.net/xml/ern/43"

/** A file of a batch as it was written. */
export interface WrittenFile {
  /** Below the folder of the message. */
  readonly path: string
  readonly sizeBytes: number
  /** In lower-case hexadecimal. */
  readonly sha256: string
  readonly md5: string
}

export interface ErnInput {
  readonly message: OutgoingMessage
  /** Who sends it: a DDEX party id. */
  readonly sender: string
  readonly sounds: ReadonlyArray<WrittenFile>
  /** The picture, unless nothing but the deal changes. */
  readonly cover: WrittenFile | undefined
}

const recipients: Readonly<Record<Platform, { readonly id: string; readonly name: string }>> = {
  spotify: { id: "PADPIDA2011072101T", name: "Spotify" },
  apple_music: { id: "PADPIDA2007052901N", name: "Apple Music" },
  deezer: { id: "PADPIDA2007041604S", name: "Deezer" }
}

const releaseTypes: Readonly<Record<ReleaseKind, string>> = { single: "Single", ep: "EP", album: "Album" }

const roles: Readonly<Record<ContributorRole, string>> = {
  composer: "Composer",
  lyricist: "Lyricist",
  songwriter: "ComposerLyricist",
  arranger: "Arranger",
  producer: "Producer",
  performer: "AssociatedPerformer",
  vocalist: "Vocalist",
  engineer: "Engineer",
  mixing_engineer: "MixingEngineer",
  mastering_engineer: "MasteringEngineer",
  publisher: "MusicPublisher"
}
const artistRoles: Readonly<Record<Artist["role"], string>> = {
  primary: "MainArtist",
  featured: "FeaturedArtist",
  remixer: "Remixer"
}

const commercialModels: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["SubscriptionModel", ["OnDemandStream", "ConditionalDownload"]],
  ["AdvertisementSupportedModel", ["OnDemandStream"]]
]

/** Everybody who is named, by their name, with the reference that the rest of the message knows them by. */
const partiesOf = (
  content: ReleaseContent
): ReadonlyMap<string, { readonly reference: string; readonly ids: Element[] }> => {
  const named = new Map<string, Map<string, Element>>()
  const add = ({ name, isni, ipi }: { name: string; isni?: string | undefined; ipi?: string | undefined }) => {
    const ids = named.get(name) ?? new Map<string, Element>()
    if (isni !== undefined) ids.set("ISNI", element("ISNI", isni))
    if (ipi !== undefined) ids.set("IpiNameNumber", element("IpiNameNumber", ipi))
    named.set(name, ids)
  }
  content.artists.forEach(add)
  content.tracks.forEach(({ artists, contributors }) => {
    artists.forEach(add)
    contributors.forEach(add)
  })
  add({ name: content.label })
  return new Map(
    [...named].map(([name, ids], at) => [name, { reference: `P${at + 1}`, ids: [...ids.values()] }] as const)
  )
}
type Parties = ReturnType<typeof partiesOf>

const referenceOf = (parties: Parties, name: string): string => parties.get(name)?.reference ?? ""

const partyList = (parties: Parties) =>
  element(
    "PartyList",
    [...parties].map(([name, { reference, ids }]) =>
      element(
        "Party",
        element("PartyReference", reference),
        ids.length === 0 ? undefined : element("PartyId", ids),
        element("PartyName", element("FullName", name))
      )
    )
  )

const displayTitle = (title: string, version: string | null): ReadonlyArray<Element> => [
  element("DisplayTitleText", version === null ? title : `${title} (${version})`),
  element("DisplayTitle", element("TitleText", title), version === null ? undefined : element("SubTitle", version))
]

const displayArtists = (artists: ReadonlyArray<Artist>, parties: Parties): ReadonlyArray<Element> => [
  element(
    "DisplayArtistName",
    artists
      .filter(({ role }) => role === "primary")
      .map(({ name }) => name)
      .join(", ")
  ),
  ...artists.map(({ name, role }, at) =>
    withAttributes(
      element(
        "DisplayArtist",
        element("ArtistPartyReference", referenceOf(parties, name)),
        element("DisplayArtistRole", artistRoles[role])
      ),
      { SequenceNumber: String(at + 1) }
    )
  )
]

const contributors = (listed: ReadonlyArray<Contributor>, parties: Parties): ReadonlyArray<Element> =>
  listed.map((one, at) =>
    withAttributes(
      element(
        "Contributor",
        element("ContributorPartyReference", referenceOf(parties, one.name)),
        one.roles.map((role) => element("Role", roles[role]))
      ),
      { SequenceNumber: String(at + 1) }
    )
  )

/** ISO 8601 §5.5.2: hours, minutes and seconds. */
const duration = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  return `PT${Math.floor(seconds / 3600)}H${Math.floor((seconds % 3600) / 60)}M${seconds % 60}S`
}

const line = (name: "PLine" | "CLine", { year, owner }: ReleaseContent["p_line"]) =>
  element(
    name,
    element("Year", String(year)),
    element(`${name}Text`, `${name === "PLine" ? "℗" : "©"} ${year} ${owner}`)
  )

const warning = (explicit: boolean) => element("ParentalWarningType", explicit ? "Explicit" : "NotExplicit")

const fileOf = ({ path, sizeBytes, sha256, md5 }: WrittenFile) =>
  element(
    "File",
    element("URI", path),
    element("HashSum", element("Algorithm", "SHA-256"), element("HashSumValue", sha256)),
    element("HashSum", element("Algorithm", "MD5"), element("HashSumValue", md5)),
    element("FileSize", String(sizeBytes))
  )

const soundReference = (at: number): string => `A${at + 1}`
const coverReference = (content: ReleaseContent): string => `A${content.tracks.length + 1}`

const soundRecording = (
  { message }: ErnInput,
  track: ContentTrack,
  at: number,
  parties: Parties,
  written: WrittenFile | undefined
) => {
  const sound = message.sounds[at]
  return element(
    "SoundRecording",
    element("ResourceReference", soundReference(at)),
    element("Type", "MusicalWorkSoundRecording"),
    element(
      "SoundRecordingEdition",
      element("ResourceId", element("ISRC", track.isrc)),
      line("PLine", track.p_line),
      written === undefined || sound === undefined
        ? undefined
        : element(
            "TechnicalDetails",
            element("TechnicalResourceDetailsReference", `T${at + 1}`),
            element(
              "DeliveryFile",
              element("Type", "AudioFile"),
              element("AudioCodecType", sound.codec ?? sound.format.toUpperCase()),
              sound.channels === null ? undefined : element("NumberOfChannels", String(sound.channels)),
              sound.sampleRate === null ? undefined : element("SamplingRate", String(sound.sampleRate)),
              fileOf(written)
            )
          )
    ),
    ...displayTitle(track.title, track.version),
    ...displayArtists(track.artists, parties),
    ...contributors(track.contributors, parties),
    element("LanguageOfPerformance", track.language),
    element("Duration", duration(track.duration_ms)),
    warning(track.explicit)
  )
}

const image = (content: ReleaseContent, written: WrittenFile | undefined) =>
  element(
    "Image",
    element("ResourceReference", coverReference(content)),
    element("Type", "FrontCoverImage"),
    element(
      "ResourceId",
      withAttributes(element("ProprietaryId", content.cover.contentHash), { Namespace: "SHA-256" })
    ),
    element("ParentalWarningType", "NotExplicit"),
    written === undefined
      ? undefined
      : element(
          "TechnicalDetails",
          element("TechnicalResourceDetailsReference", `T${content.tracks.length + 1}`),
          element("ImageCodecType", content.cover.format === "jpeg" ? "JPEG" : "PNG"),
          element("ImageHeight", String(content.cover.height)),
          element("ImageWidth", String(content.cover.width)),
          fileOf(written)
        )
  )

const releaseList = (content: ReleaseContent, parties: Parties) =>
  element(
    "ReleaseList",
    element(
      "Release",
      element("ReleaseReference", "R0"),
      element("ReleaseType", releaseTypes[content.kind]),
      element("ReleaseId", element("ICPN", content.upc)),
      ...displayTitle(content.title, content.version),
      ...displayArtists(content.artists, parties),
      element("ReleaseLabelReference", referenceOf(parties, content.label)),
      line("PLine", content.p_line),
      line("CLine", content.c_line),
      element("Duration", duration(content.tracks.reduce((sum, { duration_ms }) => sum + duration_ms, 0))),
      element("Genre", element("GenreText", content.genre)),
      element("ReleaseDate", content.release_date),
      content.original_release_date === null
        ? undefined
        : element("OriginalReleaseDate", content.original_release_date),
      warning(content.explicit),
      element(
        "ResourceGroup",
        content.tracks.map((_, at) =>
          element(
            "ResourceGroupContentItem",
            element("SequenceNumber", String(at + 1)),
            element("ReleaseResourceReference", soundReference(at))
          )
        ),
        element("LinkedReleaseResourceReference", coverReference(content))
      )
    ),
    content.tracks.map((track, at) =>
      element(
        "TrackRelease",
        element("ReleaseReference", `R${at + 1}`),
        element("ReleaseId", element("ISRC", track.isrc)),
        ...displayTitle(track.title, track.version),
        element("ReleaseResourceReference", soundReference(at)),
        element("ReleaseLabelReference", referenceOf(parties, content.label)),
        element("Genre", element("GenreText", content.genre))
      )
    )
  )

const dealTerms = (content: ReleaseContent, model: string, uses: ReadonlyArray<string>, ended: string | undefined) =>
  element(
    "Deal",
    element(
      "DealTerms",
      content.territories.map((territory) => element("TerritoryCode", territory === "WORLD" ? "Worldwide" : territory)),
      element(
        "ValidityPeriod",
        element("StartDate", content.release_date),
        ended === undefined ? undefined : element("EndDate", ended)
      ),
      element("CommercialModelType", model),
      uses.map((use) => element("UseType", use))
    )
  )

/** A takedown is a deal that has ended. */
const dealList = ({ message: { content, kind, at } }: ErnInput) => {
  const ended = kind === "takedown" ? DateTime.formatIsoDateUtc(at) : undefined
  const deals = commercialModels.map(([model, uses]) => dealTerms(content, model, uses, ended))
  return element(
    "DealList",
    element(
      "ReleaseDeal",
      ["R0", ...content.tracks.map((_, at) => `R${at + 1}`)].map((reference) =>
        element("DealReleaseReference", reference)
      ),
      deals
    )
  )
}

/** The NewReleaseMessage that tells a store of a release, in the manner of DDEX ERN 4.3. */
export const newReleaseMessage = (input: ErnInput): string => {
  const { message, sender, sounds, cover } = input
  const { content, deliveryId, platform, releaseId, at } = message
  const parties = partiesOf(content)
  const recipient = recipients[platform]
  const root = element(
    "ern:NewReleaseMessage",
    element(
      "MessageHeader",
      element("MessageThreadId", releaseId),
      element("MessageId", deliveryId),
      element("MessageSender", element("PartyId", sender), element("PartyName", element("FullName", "Veza"))),
      element(
        "MessageRecipient",
        element("PartyId", recipient.id),
        element("PartyName", element("FullName", recipient.name))
      ),
      element("MessageCreatedDateTime", DateTime.formatIso(at)),
      element("MessageControlType", "LiveMessage")
    ),
    partyList(parties),
    element(
      "ResourceList",
      content.tracks.map((track, n) => soundRecording(input, track, n, parties, sounds[n])),
      image(content, cover)
    ),
    releaseList(content, parties),
    dealList(input)
  )
  return document(
    withAttributes(root, {
      "xmlns:ern": ernNamespace,
      ReleaseProfileVersionId: content.kind === "single" ? "SimpleAudioSingle" : "Audio",
      LanguageAndScriptCode: content.language === "zxx" ? "en" : content.language,
      AvsVersionId: "4"
    })
  )
}
