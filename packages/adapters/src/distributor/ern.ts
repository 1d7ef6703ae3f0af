import { DateTime } from "effect"
import type { ContentTrack, OutgoingMessage, ReleaseContent } from "@veza/domain/distribution"
import { startOf } from "@veza/domain/kernel"
import { contributorsOf, displayArtists, type Parties, partiesOf, partyList, referenceOf } from "./ern-parties.ts"
import { audioCodec, commercialModels, kilobytes, namespaceOf, recipients, releaseTypes } from "./ern-terms.ts"
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

const displayTitle = (title: string, version: string | null): ReadonlyArray<Element> => [
  element("DisplayTitleText", version === null ? title : `${title} (${version})`),
  element("DisplayTitle", element("TitleText", title), version === null ? undefined : element("SubTitle", version))
]

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

const samplingRate = (hertz: number) => withAttributes(element("SamplingRate", String(hertz)), { UnitOfMeasure: "Hz" })

/** A message tells of one check sum; the others lie beside it. Sizes are told in kilobytes. */
const fileOf = ({ path, sizeBytes, md5 }: WrittenFile) =>
  element(
    "File",
    element("URI", path),
    element("HashSum", element("Algorithm", "MD5"), element("HashSumValue", md5)),
    element("FileSize", kilobytes(sizeBytes))
  )

const soundReference = (at: number): string => `A${at + 1}`
const coverReference = (content: ReleaseContent): string => `A${content.tracks.length + 1}`

const soundRecording = (
  { message, sender }: ErnInput,
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
              audioCodec(sender, sound),
              sound.channels === null ? undefined : element("NumberOfChannels", String(sound.channels)),
              sound.sampleRate === null ? undefined : samplingRate(sound.sampleRate),
              fileOf(written)
            )
          )
    ),
    ...displayTitle(track.title, track.version),
    ...displayArtists(track.artists, parties),
    ...contributorsOf(track.contributors, parties),
    element("Duration", duration(track.duration_ms)),
    warning(track.explicit),
    element("LanguageOfPerformance", track.language)
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

/** A track as a release of its own has no code but ours: an ISRC is the recording's. */
const releaseList = ({ message: { content }, sender }: ErnInput, parties: Parties) =>
  element(
    "ReleaseList",
    element(
      "Release",
      element("ReleaseReference", "R0"),
      element("ReleaseType", releaseTypes[content.kind]),
      element("ReleaseId", element("ICPN", content.upc)),
      ...displayTitle(content.title, content.version),
      ...displayArtists(content.artists, parties),
      element("ReleaseLabelReference", referenceOf(parties, { name: content.label })),
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
        element(
          "ReleaseId",
          withAttributes(element("ProprietaryId", `${content.upc}_${track.isrc}`), { Namespace: namespaceOf(sender) })
        ),
        ...displayTitle(track.title, track.version),
        element("ReleaseResourceReference", soundReference(at)),
        element("ReleaseLabelReference", referenceOf(parties, { name: content.label })),
        element("Genre", element("GenreText", content.genre))
      )
    )
  )

const dealTerms = (content: ReleaseContent, model: string, uses: ReadonlyArray<string>, period: Element) =>
  element(
    "Deal",
    element(
      "DealTerms",
      content.territories.map((territory) => element("TerritoryCode", territory === "WORLD" ? "Worldwide" : territory)),
      period,
      element("CommercialModelType", model),
      uses.map((use) => element("UseType", use))
    )
  )

/**
 * Sold from the beginning of the day on, wherever that begins. A takedown is a deal that has ended; one that had not begun
 * ends as it begins, for no period ends before that.
 */
const validity = ({ content, kind, at }: OutgoingMessage): Element => {
  if (kind !== "takedown") {
    return element("ValidityPeriod", element("StartDateTime", `${content.release_date}T00:00:00`))
  }
  const began = DateTime.min(startOf(content.release_date), at)
  return element(
    "ValidityPeriod",
    element("StartDateTime", DateTime.formatIso(began)),
    element("EndDateTime", DateTime.formatIso(at))
  )
}

const dealList = ({ message }: ErnInput) => {
  const { content } = message
  const deals = commercialModels.map(([model, uses]) => dealTerms(content, model, uses, validity(message)))
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
    releaseList(input, parties),
    dealList(input)
  )
  return document(
    withAttributes(root, {
      "xmlns:ern": ernNamespace,
      ReleaseProfileVersionId: "Audio",
      LanguageAndScriptCode: content.language === "zxx" ? "en" : content.language,
      AvsVersionId: "4"
    })
  )
}
