import { coverShape, type Track } from "@veza/domain/tracks"
import { escapeMarkup } from "./markup.ts"
import { type Places, playerPage } from "./track-address.ts"

/** The player as it looks best, in pixels. */
const usualSize = { width: 600, height: 152 }
/** Seconds for which a site may keep what it was told. */
const cacheAge = 3600

export interface EmbeddingRoom {
  readonly maxwidth?: number | undefined
  readonly maxheight?: number | undefined
}

export type Embedding = Readonly<Record<string, string | number>>

/** How to show a track, as oEmbed 1.0 §2.3 puts it; neither player nor thumbnail is larger than the room given. */
export const embeddingOf = (
  track: Pick<Track, "id" | "title" | "artist" | "cover">,
  places: Places,
  coverUrl: string | null,
  { maxwidth = Infinity, maxheight = Infinity }: EmbeddingRoom
): Embedding => {
  const width = Math.min(usualSize.width, maxwidth)
  const height = Math.min(usualSize.height, maxheight)
  const name = track.artist === null ? track.title : `${track.title} – ${track.artist}`
  const source = escapeMarkup(playerPage(places, track.id))
  const fits = coverShape.width <= maxwidth && coverShape.height <= maxheight
  return {
    type: "rich",
    version: "1.0",
    title: track.title,
    ...(track.artist === null ? {} : { author_name: track.artist }),
    provider_name: "Veza",
    provider_url: places.frontendUrl,
    cache_age: cacheAge,
    ...(coverUrl === null || !fits
      ? {}
      : {
          thumbnail_url: places.publicUrl + coverUrl,
          thumbnail_width: coverShape.width,
          thumbnail_height: coverShape.height
        }),
    html: `<iframe src="${source}" width="${width}" height="${height}" title="${escapeMarkup(name)}" style="border:0" loading="lazy" allow="autoplay"></iframe>`,
    width,
    height
  }
}

/** The same as XML. */
export const embeddingXml = (embedding: Embedding): string => {
  const fields = Object.entries(embedding).map(([key, value]) => `<${key}>${escapeMarkup(String(value))}</${key}>`)
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>${fields.join("")}</oembed>\n`
}
