import { Result } from "effect"
import { type AudioFormat, formatOfExtension, sniffAudioFormat, sniffLength } from "./audio-format.ts"
import { UnsupportedAudio } from "./errors.ts"

/** Collects the first 64 KiB of a stream, by which its format is judged. */
export class Head {
  readonly #bytes = new Uint8Array(sniffLength)
  #length = 0
  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, sniffLength - this.#length)
    this.#bytes.set(part, this.#length)
    this.#length += part.length
  }
  get full(): boolean {
    return this.#length === sniffLength
  }
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** The format that both the content and the file's name speak for. */
export const judgeFormat = (head: Uint8Array, fileName: string): Result.Result<AudioFormat, UnsupportedAudio> => {
  const format = sniffAudioFormat(head)
  if (format === undefined) return Result.fail(new UnsupportedAudio({ reason: "not_audio" }))
  return formatOfExtension(fileName) === format
    ? Result.succeed(format)
    : Result.fail(new UnsupportedAudio({ reason: "extension_mismatch" }))
}
