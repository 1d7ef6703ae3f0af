import { createHash } from "node:crypto"
import { barPath, barsOf, type Track } from "@veza/domain/tracks"
import { escapeMarkup } from "./markup.ts"
import { playerScript } from "./player-script.ts"
import { playerStyle } from "./player-style.ts"
import { type Places, playerPage, trackPage } from "./track-address.ts"

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const bounds = `default-src 'none'; script-src ${hashOf(playerScript)}; style-src ${hashOf(playerStyle)}; base-uri 'none'; form-action 'none'; frame-ancestors *`

/**
 * The player's own script and style, our pictures and sound, in the frames of anybody; nothing else, and nothing sent.
 * `elsewhere` is the origin of a store to which the sound is redirected.
 */
export const playerPolicy = (elsewhere?: string): string =>
  `${bounds}; img-src 'self'; media-src 'self'${elsewhere === undefined ? "" : ` ${elsewhere}`}`

const page = (title: string, head: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
${head}<style>${playerStyle}</style>
</head>
${body}
</html>
`

/** Units of the drawing, which is stretched to the room there is. */
const drawing = { width: 1000, height: 100, bars: 64 }

const waveform = (peaks: ReadonlyArray<number>): string => {
  const path = barPath(barsOf(peaks, drawing.bars), drawing.width / drawing.bars, drawing.height)
  const size = `width="${drawing.width}" height="${drawing.height}"`
  return `<svg viewBox="0 0 ${drawing.width} ${drawing.height}" preserveAspectRatio="none" aria-hidden="true"><defs><path id="bars" d="${path}"/><clipPath id="clip"><rect id="played-part" ${size}/></clipPath></defs><use href="#bars"/><g clip-path="url(#clip)"><use id="played" href="#bars"/></g></svg>`
}

const clock = (seconds: number): string => {
  const whole = Math.floor(seconds)
  const two = (n: number) => String(n).padStart(2, "0")
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return `${hours > 0 ? `${hours}:${two(minutes)}` : String(minutes)}:${two(whole % 60)}`
}

const oembedLink = (places: Places, track: Track, format: "json" | "xml"): string => {
  const address = encodeURIComponent(playerPage(places, track.id))
  const href = escapeMarkup(`${places.publicUrl}/oembed?url=${address}&format=${format}`)
  const type = format === "json" ? "application/json+oembed" : "text/xml+oembed"
  return `<link rel="alternate" type="${type}" href="${href}" title="${escapeMarkup(track.title)}">\n`
}

/** The track's picture in the tab of a page opened for itself; without one a browser would ask for /favicon.ico. */
const iconOf = ({ id }: Track, peaks: ReadonlyArray<number>, cover: string): string => {
  const drawn = peaks.length === 0 ? "" : `/api/v1/tracks/${id}/waveform.svg`
  const href = cover === "" ? drawn : cover
  return href === "" ? "" : `<link rel="icon" href="${href}">\n`
}

export interface PlayerParts {
  readonly track: Track
  readonly peaks: ReadonlyArray<number>
  /** A path of this API. */
  readonly coverUrl: string | null
}

/** The whole player as one page: what it shows stands in it, the cover and the sound lie beside it. */
export const playerHtml = ({ track, peaks, coverUrl }: PlayerParts, places: Places): string => {
  const { title, artist } = track
  const name = artist === null ? title : `${title} – ${artist}`
  const seconds = (track.durationMs ?? 0) / 1000
  const cover = coverUrl === null ? "" : escapeMarkup(coverUrl)
  const icon = iconOf(track, peaks, cover)
  const links = oembedLink(places, track, "json") + oembedLink(places, track, "xml") + icon
  const link = escapeMarkup(trackPage(places, track.id))
  const atHome = `target="_blank" rel="noopener"`
  return page(
    name,
    links,
    `<body>
<main>
${cover === "" ? "" : `<img class="cover" src="${cover}" alt="" width="600" height="600">\n`}<div class="side">
<div class="head">
<button id="play" type="button" aria-label="Play" data-scripted hidden><svg viewBox="0 0 24 24" aria-hidden="true"><path class="to-play" d="M8 5v14l11-7z"/><path class="to-pause" d="M6 5h4v14H6zm8 0h4v14h-4z"/></svg></button>
<div class="names"><h1 dir="auto"><a href="${link}" ${atHome}>${escapeMarkup(title)}</a></h1>${artist === null ? "" : `<p class="artist" dir="auto">${escapeMarkup(artist)}</p>`}</div>
<a class="home" href="${escapeMarkup(places.frontendUrl)}" ${atHome}>Veza</a>
</div>
<div class="track" data-scripted hidden>
<div id="seek" role="slider" tabindex="0" aria-label="Position" aria-valuemin="0" aria-valuemax="${Math.floor(seconds)}" aria-valuenow="0" aria-valuetext="0:00 of ${clock(seconds)}" data-duration="${seconds}">${waveform(peaks)}</div>
<p class="time"><span id="now">0:00</span> / ${clock(seconds)}</p>
</div>
<p id="message" role="status"></p>
<audio id="sound" src="/api/v1/tracks/${track.id}/stream" preload="none" controls></audio>
</div>
</main>
<script>${playerScript}</script>
</body>`
  )
}

/** What somebody reads where a track cannot be shown; `code` is the error's, for programs. */
export const noticeHtml = (status: number, code: string, places: Places): string => {
  const [heading, text] = notices[status] ?? notFound
  return page(
    heading,
    "",
    `<body data-error="${escapeMarkup(code)}">
<main class="notice">
<h1>${heading}</h1>
<p>${text} <a href="${escapeMarkup(places.frontendUrl)}" target="_blank" rel="noopener">Visit Veza</a></p>
</main>
</body>`
  )
}

const notFound = ["This track is not here", "It may have been removed, or its address is mistyped."] as const
const notices: Readonly<Record<number, readonly [heading: string, text: string]>> = {
  403: ["This track is private", "Only those with whom its owner shares it may listen."],
  404: notFound,
  451: ["This track is not available", "It was withdrawn for legal reasons."]
}
