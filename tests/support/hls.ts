import { execFile } from "node:child_process"
import { promisify } from "node:util"
import * as HLS from "hls-parser"

const run = promisify(execFile)

HLS.setOptions({ strictMode: true })

/** What a parser that forgives nothing reads in a media playlist. */
export const readMedia = (text: string): HLS.types.MediaPlaylist => {
  const read = HLS.parse(text)
  if (read.isMasterPlaylist) throw new Error("This is a master playlist.")
  return read as HLS.types.MediaPlaylist
}

/** The same for a master playlist. */
export const readMaster = (text: string): HLS.types.MasterPlaylist => {
  const read = HLS.parse(text)
  if (!read.isMasterPlaylist) throw new Error("This is a media playlist.")
  return read as HLS.types.MasterPlaylist
}

/** Samples at the start that the edit list of an initialisation leaves out; ffmpeg decodes them all the same. */
export const primingOf = (init: Buffer): number => {
  const list = init.indexOf("elst")
  return list < 0 ? 0 : init.readInt32BE(list + 4 + 4 + 4 + 4)
}

export interface Decoded {
  /** Of each channel. */
  readonly samples: number
  readonly sampleRate: number
  readonly channels: number
  /** Of the samples in 32 bits. */
  readonly digest: string
}

/** What ffmpeg hears in a file or playlist. */
export const decode = async (source: string): Promise<Decoded> => {
  const input = source.endsWith(".m3u8") ? ["-allowed_extensions", "ALL", "-i", source] : ["-i", source]
  const shown = ["-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0"]
  const probed = await run("ffprobe", ["-v", "error", ...shown, ...input])
  const [, sampleRate = 0, channels = 0] = (/^(\d+),(\d+)/u.exec(probed.stdout) ?? []).map(Number)
  const shape = ["-map", "0:a:0", "-c:a", "pcm_s32le"]
  const [bytes, digest] = await Promise.all([
    run("sh", ["-c", 'ffmpeg -nostdin -v error "$@" -f s32le pipe:1 | wc -c', "sh", ...input, ...shape]),
    run("ffmpeg", ["-nostdin", "-v", "error", ...input, ...shape, "-f", "md5", "pipe:1"])
  ])
  return { samples: Number(bytes.stdout) / 4 / channels, sampleRate, channels, digest: digest.stdout.trim() }
}
