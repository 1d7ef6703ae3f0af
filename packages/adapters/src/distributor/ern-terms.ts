import type { Artist, ContributorRole, Platform, ReleaseKind, SoundFile } from "@veza/domain/distribution"
import { type Element, element, withAttributes } from "./xml.ts"

/** What our words are called in the value sets of DDEX that go with ERN 4.3. */
export const recipients: Readonly<Record<Platform, { readonly id: string; readonly name: string }>> = {
  spotify: { id: "PADPIDA2011072101T", name: "Spotify" },
  apple_music: { id: "PADPIDA2007052901N", name: "Apple Music" },
  deezer: { id: "PADPIDA2007041604S", name: "Deezer" }
}

export const releaseTypes: Readonly<Record<ReleaseKind, string>> = { single: "Single", ep: "EP", album: "Album" }

export const contributorRoles: Readonly<Record<ContributorRole, string>> = {
  composer: "Composer",
  lyricist: "Lyricist",
  songwriter: "ComposerLyricist",
  arranger: "Arranger",
  producer: "StudioProducer",
  performer: "AssociatedPerformer",
  vocalist: "Vocalist",
  engineer: "Engineer",
  mixing_engineer: "MixingEngineer",
  mastering_engineer: "MasteringEngineer",
  publisher: "MusicPublisher"
}

/** A remixer is no role of those who are displayed, so it is told as what such an artist did. */
export const artistRoles: Readonly<Record<Artist["role"], ReadonlyArray<readonly [string, string]>>> = {
  primary: [["DisplayArtistRole", "MainArtist"]],
  featured: [["DisplayArtistRole", "FeaturedArtist"]],
  remixer: [
    ["DisplayArtistRole", "Artist"],
    ["ArtisticRole", "Remixer"]
  ]
}

export const commercialModels: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["SubscriptionModel", ["OnDemandStream", "ConditionalDownload"]],
  ["AdvertisementSupportedModel", ["OnDemandStream"]]
]

/** Of what is named by us alone; `sender`: our DDEX party id. */
export const namespaceOf = (sender: string): string => `DPID:${sender}`

/** Codecs by how parsers name them. */
const codecs: ReadonlyArray<readonly [RegExp, string]> = [
  [/flac/iu, "FLAC"],
  [/layer 3|mp3/iu, "MP3"],
  [/layer 2/iu, "MP2"],
  [/pcm|wav|aiff?/iu, "PCM"],
  [/aac/iu, "AAC"],
  [/vorbis/iu, "Vorbis"],
  [/wma/iu, "WMA"]
]

export const audioCodec = (sender: string, { codec, format }: SoundFile): Element => {
  const name = codec ?? format
  const known = codecs.find(([pattern]) => pattern.test(name))
  return known === undefined
    ? withAttributes(element("AudioCodecType", "UserDefined"), {
        Namespace: namespaceOf(sender),
        UserDefinedValue: name
      })
    : element("AudioCodecType", known[1])
}

/** A size as messages tell it, to the byte. */
export const kilobytes = (bytes: number): string => String(bytes / 1000)
