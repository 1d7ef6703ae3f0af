import type { Rendition } from "./rendition.ts"

/** `EXT-X-MAP` in playlists of whole segments wants 6 (RFC 8216, 7); players that speak fragmented MP4 expect 7. */
const version = 7

export const initFile = "init.mp4"
export const playlistFile = "index.m3u8"
export const segmentFile = (index: number): string => `seg-${String(index).padStart(5, "0")}.m4s`

/** Every file that a rendition can have, and nothing else. */
export const renditionFilePattern = /^(?:index\.m3u8|init\.mp4|seg-[0-9]{5}\.m4s)$/u
/** As many segments as the names have room for: a week. */
export const maxSegments = 100_000

/** Playlists of ours are ASCII: names we chose and percent-encoded secrets. */
export const playlistBytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const decodedAtOnce = 8192
export const playlistText = (bytes: Uint8Array): string => {
  let text = ""
  for (let at = 0; at < bytes.length; at += decodedAtOnce) {
    text += String.fromCharCode(...bytes.subarray(at, at + decodedAtOnce))
  }
  return text
}

const lines = (...all: ReadonlyArray<string>): string => `${all.join("\n")}\n`

/** Seconds to the microsecond. */
const seconds = (duration: number): string => duration.toFixed(6)

/** What no segment's duration exceeds once rounded, in whole seconds (RFC 8216, 4.3.3.1). */
export const targetDurationOf = (durations: ReadonlyArray<number>): number =>
  durations.reduce((most, duration) => Math.max(most, Math.round(Number(seconds(duration)))), 1)

/** The playlist of one rendition; durations in seconds. */
export const mediaPlaylist = (durations: ReadonlyArray<number>): string =>
  lines(
    "#EXTM3U",
    `#EXT-X-VERSION:${version}`,
    `#EXT-X-TARGETDURATION:${targetDurationOf(durations)}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-MAP:URI="${initFile}"`,
    ...durations.flatMap((duration, index) => [`#EXTINF:${seconds(duration)},`, segmentFile(index)]),
    "#EXT-X-ENDLIST"
  )

/** The playlist of playlists: the least demanding rendition first, which is the one players begin with. */
export const masterPlaylist = (renditions: ReadonlyArray<Rendition>): string =>
  lines(
    "#EXTM3U",
    `#EXT-X-VERSION:${version}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...renditions
      .toSorted((a, b) => a.bandwidth - b.bandwidth)
      .flatMap(({ name, codecs, bandwidth, averageBandwidth }) => [
        `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},AVERAGE-BANDWIDTH=${averageBandwidth},CODECS="${codecs}"`,
        `${name}/${playlistFile}`
      ])
  )

/** A playlist of ours whose every address carries the secret of the share link that opened it. */
export const carryShare = (playlist: string, share: string): string => {
  const query = `?share=${encodeURIComponent(share)}`
  return playlist.replace(/^#EXT-X-MAP:URI="([^"]+)"$|^([^#\n].*)$/gmu, (_line, map?: string, uri?: string) =>
    map === undefined ? `${uri ?? ""}${query}` : `#EXT-X-MAP:URI="${map}${query}"`
  )
}

/** Do the segments of two renditions begin together? The last of one may end within `slack` seconds of the other's. */
export const areAligned = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, slack: number): boolean =>
  a.length === b.length &&
  a.every((duration, index) => {
    const apart = Math.abs(duration - (b[index] ?? 0))
    return apart <= (index === a.length - 1 ? slack : 0.000_001)
  })
