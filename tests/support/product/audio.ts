import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

const encoders = {
  flac: ["-c:a", "flac"],
  mp3: ["-c:a", "libmp3lame", "-b:a", "128k"],
  wav: ["-c:a", "pcm_s16le"]
} as const

export interface AudioOptions {
  readonly folder: string
  readonly format: keyof typeof encoders
  readonly seconds: number
  readonly tags?: Readonly<Record<string, string>>
  /** Noise does not compress: use it where the size matters. */
  readonly noise?: boolean
}

let made = 0

/** Makes a stereo recording with ffmpeg; every one sounds different. Answers its file. */
export const makeAudio = async ({
  folder,
  format,
  seconds,
  tags = {},
  noise = false
}: AudioOptions): Promise<string> => {
  const file = join(folder, `audio-${process.pid}-${made++}.${format}`)
  const source = noise
    ? `anoisesrc=duration=${seconds}:sample_rate=44100:seed=${made}:amplitude=0.5`
    : `sine=frequency=${220 + made * 11}:duration=${seconds}:sample_rate=44100`
  const metadata = Object.entries(tags).flatMap(([name, value]) => ["-metadata", `${name}=${value}`])
  const args = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-ac", "2"]
  await run("ffmpeg", [...args, ...metadata, ...encoders[format], "-y", file], { timeout: 60_000 })
  return file
}

/** The same, as bytes. */
export const audioBytes = async (options: AudioOptions): Promise<Buffer> => readFile(await makeAudio(options))

/** The head of a WAV file (16-bit PCM, stereo, 44.1 kHz) with `dataBytes` of sound behind it. */
export const wavHead = (dataBytes: number): Buffer => {
  const head = Buffer.alloc(44)
  head.write("RIFF", 0, "latin1")
  head.writeUInt32LE(36 + dataBytes, 4)
  head.write("WAVEfmt ", 8, "latin1")
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(44_100, 24)
  head.writeUInt32LE(44_100 * 4, 28)
  head.writeUInt16LE(4, 32)
  head.writeUInt16LE(16, 34)
  head.write("data", 36, "latin1")
  head.writeUInt32LE(dataBytes, 40)
  return head
}
