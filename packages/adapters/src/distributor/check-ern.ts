import { XMLParser, XMLValidator } from "fast-xml-parser"
import { Schema } from "effect"
import { isGtin, isIsrc } from "@veza/domain/distribution"
import type { WrittenFile } from "./ern.ts"
import { ernNamespace } from "./ern.ts"
import { orderFaults } from "./ern-order.ts"
import { kilobytes } from "./ern-terms.ts"

const lists = new Set([
  "Party",
  "SoundRecording",
  "Image",
  "Release",
  "TrackRelease",
  "ReleaseDeal",
  "Deal",
  "DealReleaseReference",
  "TerritoryCode",
  "UseType",
  "DisplayArtist",
  "Contributor",
  "Role",
  "ResourceGroupContentItem"
])

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => lists.has(name)
})

const text = Schema.String.check(Schema.isMinLength(1))
const texts = Schema.Array(text).check(Schema.isMinLength(1))
const day = text.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u))
const party = Schema.Struct({ PartyId: text, PartyName: Schema.Struct({ FullName: text }) })
const File = Schema.Struct({
  URI: text,
  HashSum: Schema.Struct({ Algorithm: Schema.Literal("MD5"), HashSumValue: text }),
  FileSize: text
})
const artists = Schema.Array(Schema.Struct({ ArtistPartyReference: text, DisplayArtistRole: text })).check(
  Schema.isMinLength(1)
)
const title = { DisplayTitleText: text, DisplayTitle: Schema.Struct({ TitleText: text }) }
const line = Schema.Struct({ Year: text.check(Schema.isPattern(/^\d{4}$/u)) })

/** What must be in a message and where, as far as this checker looks. */
const Shape = Schema.Struct({
  "ern:NewReleaseMessage": Schema.Struct({
    "@_xmlns:ern": Schema.Literal(ernNamespace),
    MessageHeader: Schema.Struct({
      MessageThreadId: text,
      MessageId: text,
      MessageSender: party,
      MessageRecipient: party,
      MessageCreatedDateTime: text
    }),
    PartyList: Schema.Struct({
      Party: Schema.Array(Schema.Struct({ PartyReference: text, PartyName: Schema.Struct({ FullName: text }) }))
    }),
    ResourceList: Schema.Struct({
      SoundRecording: Schema.Array(
        Schema.Struct({
          ResourceReference: text,
          SoundRecordingEdition: Schema.Struct({
            ResourceId: Schema.Struct({ ISRC: text }),
            PLine: line,
            TechnicalDetails: Schema.optionalKey(Schema.Struct({ DeliveryFile: Schema.Struct({ File }) }))
          }),
          ...title,
          DisplayArtist: artists,
          Contributor: Schema.optionalKey(
            Schema.Array(Schema.Struct({ ContributorPartyReference: text, Role: texts }))
          ),
          Duration: text.check(Schema.isPattern(/^PT\d+H\d+M\d+S$/u))
        })
      ).check(Schema.isMinLength(1)),
      Image: Schema.Array(
        Schema.Struct({
          ResourceReference: text,
          TechnicalDetails: Schema.optionalKey(Schema.Struct({ File }))
        })
      ).check(Schema.isMinLength(1))
    }),
    ReleaseList: Schema.Struct({
      Release: Schema.Array(
        Schema.Struct({
          ReleaseReference: text,
          ReleaseType: text,
          ReleaseId: Schema.Struct({ ICPN: text }),
          ...title,
          DisplayArtist: artists,
          ReleaseLabelReference: text,
          PLine: line,
          CLine: line,
          ReleaseDate: day,
          ResourceGroup: Schema.Struct({
            ResourceGroupContentItem: Schema.Array(
              Schema.Struct({ SequenceNumber: text, ReleaseResourceReference: text })
            ),
            LinkedReleaseResourceReference: text
          })
        })
      ).check(Schema.isMinLength(1), Schema.isMaxLength(1)),
      TrackRelease: Schema.Array(
        Schema.Struct({
          ReleaseReference: text,
          ReleaseId: Schema.Struct({ ProprietaryId: Schema.Unknown }),
          ReleaseResourceReference: text,
          ReleaseLabelReference: text
        })
      )
    }),
    DealList: Schema.Struct({
      ReleaseDeal: Schema.Array(
        Schema.Struct({
          DealReleaseReference: texts,
          Deal: Schema.Array(
            Schema.Struct({
              DealTerms: Schema.Struct({
                TerritoryCode: texts,
                ValidityPeriod: Schema.Struct({ StartDateTime: text, EndDateTime: Schema.optionalKey(text) }),
                CommercialModelType: text,
                UseType: texts
              })
            })
          ).check(Schema.isMinLength(1))
        })
      )
    })
  })
})
type Message = (typeof Shape.Type)["ern:NewReleaseMessage"]
const decode = Schema.decodeUnknownResult(Shape)

const twice = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values.filter((value, at) => values.indexOf(value) !== at)

const fileFaults = (file: typeof File.Type, files: ReadonlyMap<string, WrittenFile>): ReadonlyArray<string> => {
  const written = files.get(file.URI)
  if (written === undefined) return [`${file.URI} is named and not there`]
  return [
    ...(file.HashSum.HashSumValue === written.md5 ? [] : [`${file.URI} has another MD5 than is told`]),
    ...(file.FileSize === kilobytes(written.sizeBytes) ? [] : [`${file.URI} has another size than is told`])
  ]
}

/** Every reference leads somewhere, nothing is named twice, and every file is the one that is told of. */
const consistencyFaults = (message: Message, files: ReadonlyArray<WrittenFile>): ReadonlyArray<string> => {
  const { PartyList, ResourceList, ReleaseList, DealList } = message
  const parties = PartyList.Party.map(({ PartyReference }) => PartyReference)
  const resources = [...ResourceList.SoundRecording, ...ResourceList.Image].map((one) => one.ResourceReference)
  const releases = [...ReleaseList.Release, ...ReleaseList.TrackRelease].map((one) => one.ReleaseReference)
  const named = [
    ...ResourceList.SoundRecording.flatMap((one) => [
      ...one.DisplayArtist.map(({ ArtistPartyReference }) => ArtistPartyReference),
      ...(one.Contributor ?? []).map(({ ContributorPartyReference }) => ContributorPartyReference)
    ]),
    ...ReleaseList.Release.flatMap((one) => [
      one.ReleaseLabelReference,
      ...one.DisplayArtist.map(({ ArtistPartyReference }) => ArtistPartyReference)
    ]),
    ...ReleaseList.TrackRelease.map((one) => one.ReleaseLabelReference)
  ]
  const used = [
    ...ReleaseList.Release.flatMap(({ ResourceGroup }) => [
      ResourceGroup.LinkedReleaseResourceReference,
      ...ResourceGroup.ResourceGroupContentItem.map((item) => item.ReleaseResourceReference)
    ]),
    ...ReleaseList.TrackRelease.map((one) => one.ReleaseResourceReference)
  ]
  const periods = DealList.ReleaseDeal.flatMap(({ Deal }) => Deal.map(({ DealTerms }) => DealTerms.ValidityPeriod))
  const dealt = DealList.ReleaseDeal.flatMap((one) => one.DealReleaseReference)
  const isrcs = ResourceList.SoundRecording.map((one) => one.SoundRecordingEdition.ResourceId.ISRC)
  const told = [
    ...ResourceList.SoundRecording.flatMap(
      (one) => one.SoundRecordingEdition.TechnicalDetails?.DeliveryFile.File ?? []
    ),
    ...ResourceList.Image.flatMap((one) => one.TechnicalDetails?.File ?? [])
  ]
  const byPath = new Map(files.map((file) => [file.path, file]))
  const unknown = (references: ReadonlyArray<string>, known: ReadonlyArray<string>, what: string) =>
    references.filter((reference) => !known.includes(reference)).map((reference) => `${what} ${reference} is not there`)
  return [
    ...twice([...parties, ...resources, ...releases, ...isrcs]).map((one) => `${one} is there twice`),
    ...unknown(named, parties, "the party"),
    ...unknown(used, resources, "the resource"),
    ...unknown(resources, used, "a release with the resource"),
    ...unknown(dealt, releases, "the release"),
    ...unknown(releases, dealt, "a deal for the release"),
    ...isrcs.filter((isrc) => !isIsrc(isrc)).map((isrc) => `${isrc} is no ISRC`),
    ...ReleaseList.Release.filter(({ ReleaseId }) => !isGtin(ReleaseId.ICPN)).map(
      ({ ReleaseId }) => `${ReleaseId.ICPN} is no UPC or EAN`
    ),
    ...periods.flatMap(({ StartDateTime: start, EndDateTime: end }) =>
      end !== undefined && Date.parse(end) < Date.parse(start) ? [`a deal ends at ${end}, before it begins`] : []
    ),
    ...told.flatMap((file) => fileFaults(file, byPath)),
    ...files.filter(({ path }) => !told.some(({ URI }) => URI === path)).map(({ path }) => `${path} is not told of`)
  ]
}

/**
 * What is wrong with a release message and the files that come with it, by this checker of our own: well-formed, with all
 * parts in their places and their order, references that lead somewhere, codes and check sums that fit. It holds no DDEX
 * schema and is no proof of validity.
 */
export const ernFaults = (xml: string, files: ReadonlyArray<WrittenFile>): ReadonlyArray<string> => {
  const wellFormed = XMLValidator.validate(xml)
  if (wellFormed !== true) return [`it is not well-formed: ${wellFormed.err.msg} (line ${wellFormed.err.line})`]
  const disordered = orderFaults(xml)
  if (disordered.length > 0) return disordered
  const tree: unknown = parser.parse(xml)
  const decoded = decode(tree)
  return decoded._tag === "Failure"
    ? [String(decoded.failure)]
    : consistencyFaults(decoded.success["ern:NewReleaseMessage"], files)
}
