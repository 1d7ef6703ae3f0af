import { XMLParser } from "fast-xml-parser"

/**
 * What the parts of a message hold, in the order of ERN 4.3, as far as our messages go: `?` at most once, `*` however
 * often, `+` at least once, else once. What is not here holds text. A name with its parent's goes before one without.
 */
const contents: Readonly<Record<string, string>> = {
  "ern:NewReleaseMessage": "MessageHeader PartyList ResourceList ReleaseList DealList",
  MessageHeader: "MessageThreadId MessageId MessageSender MessageRecipient+ MessageCreatedDateTime MessageControlType?",
  MessageSender: "PartyId PartyName?",
  MessageRecipient: "PartyId PartyName?",
  PartyName: "FullName",
  PartyList: "Party+",
  Party: "PartyReference PartyName+ PartyId*",
  "Party/PartyId": "ISNI? DPID? IpiNameNumber? IPN? CisacSocietyId? ProprietaryId*",
  ResourceList: "SoundRecording* Image*",
  SoundRecording:
    "ResourceReference Type SoundRecordingEdition+ DisplayTitleText+ DisplayTitle+ VersionType* DisplayArtistName+ " +
    "DisplayArtist+ Contributor* Duration ParentalWarningType+ LanguageOfPerformance*",
  SoundRecordingEdition: "ResourceId+ PLine* TechnicalDetails*",
  "SoundRecordingEdition/ResourceId": "ISRC",
  "SoundRecordingEdition/TechnicalDetails": "TechnicalResourceDetailsReference DeliveryFile*",
  DeliveryFile: "Type AudioCodecType? BitRate? NumberOfChannels? SamplingRate? BitsPerSample? File?",
  File: "URI HashSum? FileSize?",
  HashSum: "Algorithm HashSumValue",
  DisplayTitle: "TitleText SubTitle*",
  DisplayArtist: "ArtistPartyReference DisplayArtistRole ArtisticRole*",
  Contributor: "ContributorPartyReference Role*",
  PLine: "Year? PLineCompany? PLineText",
  CLine: "Year? CLineCompany? CLineText",
  Image: "ResourceReference Type ResourceId+ ParentalWarningType* TechnicalDetails*",
  "Image/ResourceId": "ProprietaryId*",
  "Image/TechnicalDetails": "TechnicalResourceDetailsReference ImageCodecType? ImageHeight? ImageWidth? File?",
  ReleaseList: "Release? TrackRelease*",
  Release:
    "ReleaseReference ReleaseType+ ReleaseId DisplayTitleText+ DisplayTitle+ DisplayArtistName+ DisplayArtist+ " +
    "ReleaseLabelReference+ PLine* CLine* Duration? Genre+ ReleaseDate* OriginalReleaseDate* ParentalWarningType+ " +
    "ResourceGroup",
  ReleaseId: "GRid? ICPN? CatalogNumber? ProprietaryId*",
  Genre: "GenreText SubGenre?",
  ResourceGroup: "ResourceGroupContentItem* LinkedReleaseResourceReference*",
  ResourceGroupContentItem: "SequenceNumber? ReleaseResourceReference",
  TrackRelease:
    "ReleaseReference ReleaseId DisplayTitleText* DisplayTitle* ReleaseResourceReference " +
    "LinkedReleaseResourceReference* ReleaseLabelReference+ Genre+",
  DealList: "ReleaseDeal+",
  ReleaseDeal: "DealReleaseReference+ Deal+",
  Deal: "DealTerms?",
  DealTerms: "TerritoryCode* ValidityPeriod+ CommercialModelType* UseType*",
  ValidityPeriod: "StartDateTime EndDateTime?"
}

/** A part as a pattern of the names in it, each with a space behind. */
const patternOf = (content: string): RegExp => {
  const parts = content.split(" ").map((part) => {
    const [, name = "", often = ""] = /^(\w+)([?*+]?)$/u.exec(part) ?? []
    return `(?:${name} )${often}`
  })
  return new RegExp(`^${parts.join("")}$`, "u")
}

const patterns: ReadonlyMap<string, RegExp> = new Map(
  Object.entries(contents).map(([name, content]) => [name, patternOf(content)])
)

const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreAttributes: true })

interface Part {
  readonly name: string
  readonly parts: ReadonlyArray<Part>
}

/** The parser answers a list of objects, each with one key: the name of a part, or `#text`. */
const partsIn = (parsed: unknown): ReadonlyArray<Part> =>
  (Array.isArray(parsed) ? parsed : []).flatMap((one: unknown) =>
    Object.entries(Object(one)).flatMap(([name, inner]) =>
      name.startsWith("#") || name.startsWith("?") || name.startsWith(":") ? [] : [{ name, parts: partsIn(inner) }]
    )
  )

const faultsOf = ({ name, parts }: Part, parent: string): ReadonlyArray<string> => {
  const pattern = patterns.get(`${parent}/${name}`) ?? patterns.get(name)
  const names = parts.map((part) => `${part.name} `).join("")
  const isRight = pattern === undefined ? parts.length === 0 : pattern.test(names)
  const inner = parts.flatMap((part) => faultsOf(part, name))
  return isRight ? inner : [`${name} holds ${names.trim() || "nothing"}, which is not what belongs there`, ...inner]
}

/** Where the parts of a message are not those of ERN 4.3, or not in their order. */
export const orderFaults = (xml: string): ReadonlyArray<string> =>
  partsIn(parser.parse(xml)).flatMap((part) => faultsOf(part, ""))
