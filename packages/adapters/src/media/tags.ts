import type { ICommonTagsResult } from "music-metadata"

/** What a file's tags say, cleaned: a field that makes no sense is left out. */
export interface AudioTags {
  readonly title?: string
  readonly artist?: string
  readonly album?: string
  readonly genre?: string
  readonly year?: number
  readonly bpm?: number
  readonly musicalKey?: string
  /** ISO 3901 code without hyphens. */
  readonly isrc?: string
}

/**
 * Well-formed text without control characters, trimmed, at most `length` code points; undefined when nothing is left.
 * Only the beginning of a long text is looked at.
 */
export const cleanText = (value: unknown, length: number): string | undefined => {
  if (typeof value !== "string") return undefined
  const start = value.slice(0, length * 8).toWellFormed()
  const visible = start
    .replaceAll("\0", "")
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ")
    .trim()
  const text = [...visible].slice(0, length).join("").trimEnd()
  return text === "" ? undefined : text
}

const within = (value: unknown, least: number, most: number): number | undefined =>
  typeof value === "number" && value >= least && value <= most ? value : undefined

const wholeWithin = (value: unknown, least: number, most: number): number | undefined =>
  typeof value === "number" ? within(Math.round(value), least, most) : undefined

const cleanIsrc = (value: unknown): string | undefined => {
  const code = cleanText(value, 20)?.replaceAll(/[\s-]/g, "").toUpperCase()
  return code !== undefined && /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/.test(code) ? code : undefined
}

/** Takes the known fields out of parsed tags: texts up to 200 characters, year 1900 to 2100, tempo 1 to 999. */
export const cleanTags = (common: ICommonTagsResult): AudioTags => {
  const title = cleanText(common.title, 200)
  const artist = cleanText(common.artist, 200)
  const album = cleanText(common.album, 200)
  const genre = cleanText(common.genre?.[0], 100)
  const year = wholeWithin(common.year, 1900, 2100)
  const bpm = wholeWithin(common.bpm, 1, 999)
  const musicalKey = cleanText(common.key, 20)
  const isrc = cleanIsrc(common.isrc?.[0])
  return {
    ...(title !== undefined && { title }),
    ...(artist !== undefined && { artist }),
    ...(album !== undefined && { album }),
    ...(genre !== undefined && { genre }),
    ...(year !== undefined && { year }),
    ...(bpm !== undefined && { bpm }),
    ...(musicalKey !== undefined && { musicalKey }),
    ...(isrc !== undefined && { isrc })
  }
}
