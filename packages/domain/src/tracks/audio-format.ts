import { isAiff, isFlac, isMp4Audio, isOggAudio, isWave } from "./audio-container.ts"
import { id3v2End, startsWithAdts, startsWithMpeg } from "./audio-frames.ts"

export { id3v2End }

/** The accepted audio formats: name, content type (IANA media type) and the file extensions that may carry it. */
export const audioFormats = {
  mp3: { contentType: "audio/mpeg", extensions: ["mp3"] },
  flac: { contentType: "audio/flac", extensions: ["flac"] },
  wav: { contentType: "audio/wav", extensions: ["wav", "wave"] },
  ogg: { contentType: "audio/ogg", extensions: ["ogg", "oga", "opus"] },
  m4a: { contentType: "audio/mp4", extensions: ["m4a"] },
  aac: { contentType: "audio/aac", extensions: ["aac"] },
  aiff: { contentType: "audio/aiff", extensions: ["aiff", "aif", "aifc"] }
} as const satisfies Record<string, { readonly contentType: string; readonly extensions: ReadonlyArray<string> }>

export type AudioFormat = keyof typeof audioFormats

/** Every accepted format, in the order in which people are told about them. */
export const audioFormatNames: ReadonlyArray<AudioFormat> = ["mp3", "flac", "wav", "ogg", "m4a", "aac", "aiff"]

/** How many bytes of a file's start `sniffAudioFormat` makes use of. */
export const sniffLength = 65_536

/**
 * Judges a file's format by the bytes of its start (64 KiB are enough; fewer are judged as they are).
 * An ID3 tag that reaches beyond the given bytes counts as MP3: whoever holds the file looks behind the tag
 * (see `id3v2End`) before relying on it.
 */
export const sniffAudioFormat = (head: Uint8Array): AudioFormat | undefined => {
  if (isWave(head)) return "wav"
  if (isAiff(head)) return "aiff"
  if (isOggAudio(head)) return "ogg"
  if (isMp4Audio(head)) return "m4a"
  const start = id3v2End(head)
  const tagged = start > 0
  if (tagged && start + 4 > head.length) return "mp3"
  if (isFlac(head, start)) return "flac"
  if (startsWithAdts(head, start)) return "aac"
  return startsWithMpeg(head, start, tagged) ? "mp3" : undefined
}

/** The format a file name's extension stands for, whatever its case. */
export const formatOfExtension = (fileName: string): AudioFormat | undefined => {
  const dot = fileName.lastIndexOf(".")
  if (dot < 0) return undefined
  const extension = fileName.slice(dot + 1).toLowerCase()
  return audioFormatNames.find((name) => audioFormats[name].extensions.some((known) => known === extension))
}

/** Whether the extension of `fileName` is one that `format` may carry. */
export const agrees = (format: AudioFormat, fileName: string): boolean => formatOfExtension(fileName) === format
