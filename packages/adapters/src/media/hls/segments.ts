import type { RenditionPart, RenditionPlan } from "@veza/domain/tracks"
import { topBoxes } from "./boxes.ts"
import { type Frame, readFragment, readTrack, type Track, writeSegment } from "./fragments.ts"

/** Seconds: a shorter rest goes with the segment before it instead of being one of its own. */
const leastRest = 0.1

/** Gathers frames to segments that begin together with those of every other rendition, in heard time. */
class Segmenter {
  readonly #plan: RenditionPlan
  readonly #track: Track
  readonly #count: number | undefined
  #frames: Array<Frame> = []
  #held = 0
  #decoded = 0
  #written = 0

  constructor(plan: RenditionPlan, track: Track, count: number | undefined) {
    this.#plan = plan
    this.#track = track
    this.#count = count
  }

  /** Priming is not heard: the first segment has it on top. */
  get #unheard(): number {
    return this.#written === 0 ? this.#track.priming : 0
  }

  /** Is it certain that a segment ends where the next one would begin? */
  get #isFull(): boolean {
    const beyond = this.#held - this.#unheard - this.#plan.segment
    return this.#count === undefined
      ? beyond >= leastRest * this.#plan.sampleRate
      : beyond > 0 && this.#written < this.#count - 1
  }

  *add(frames: ReadonlyArray<Frame>): Generator<RenditionPart> {
    for (const frame of frames) {
      this.#frames.push(frame)
      this.#held += frame.duration
      if (this.#isFull) yield this.#take(this.#plan.segment + this.#unheard)
      if (this.#held > 3 * this.#plan.segment) throw new RangeError("It does not end with the other renditions.")
    }
  }

  *end(): Generator<RenditionPart> {
    if (this.#held > this.#unheard) yield this.#take(this.#held)
  }

  #take(length: number): RenditionPart {
    const taken: Array<Frame> = []
    let duration = 0
    while (duration < length) {
      const frame = this.#frames[taken.length]
      if (frame === undefined) break
      taken.push(frame)
      duration += frame.duration
    }
    const samples = duration - this.#unheard
    const bytes = writeSegment(taken, this.#written + 1, this.#decoded)
    this.#frames = this.#frames.slice(taken.length)
    this.#held -= duration
    this.#decoded += duration
    this.#written++
    return { _tag: "Segment", bytes, samples }
  }
}

/** Turns a fragmented MP4 of one track, as it comes, into an initialisation and media segments. */
export async function* renditionParts(
  chunks: AsyncIterable<Buffer>,
  plan: RenditionPlan,
  count: number | undefined
): AsyncGenerator<RenditionPart> {
  let head: Buffer | undefined
  let segmenter: Segmenter | undefined
  let moof: Buffer | undefined
  for await (const { type, bytes } of topBoxes(chunks)) {
    if (type === "ftyp") head = bytes
    if (type === "moov" && head !== undefined) {
      const track = readTrack(bytes)
      if (track.timescale !== plan.sampleRate) throw new RangeError("It has another sample rate than was asked for.")
      segmenter = new Segmenter(plan, track, count)
      yield { _tag: "Init", bytes: Buffer.concat([head, bytes]) }
    }
    if (type === "moof") moof = bytes
    if (type === "mdat" && moof !== undefined && segmenter !== undefined) {
      yield* segmenter.add(readFragment(moof, bytes))
    }
  }
  if (segmenter !== undefined) yield* segmenter.end()
}
