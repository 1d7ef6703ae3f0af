import type { FileHandle } from "node:fs/promises"

import type { PcmLayout } from "./pcm-layout.ts"
import { readAt } from "./sniff-file.ts"

const blockBytes = 65_536

/** How one sample is read from a view, on a scale of ±1. */
const reader = (layout: PcmLayout): ((view: DataView, at: number) => number) => {
  const { encoding, littleEndian, bytesPerSample } = layout
  if (encoding === "unsigned") return (view, at) => (view.getUint8(at) - 128) / 128
  if (encoding === "float") {
    return bytesPerSample === 8
      ? (view, at) => view.getFloat64(at, littleEndian)
      : (view, at) => view.getFloat32(at, littleEndian)
  }
  switch (bytesPerSample) {
    case 1:
      return (view, at) => view.getInt8(at) / 128
    case 2:
      return (view, at) => view.getInt16(at, littleEndian) / 32_768
    case 3:
      return littleEndian
        ? (view, at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 8_388_608
        : (view, at) => (view.getInt16(at, false) * 256 + view.getUint8(at + 2)) / 8_388_608
    default:
      return (view, at) => view.getInt32(at, littleEndian) / 2_147_483_648
  }
}

/**
 * Reads a file's samples channel by channel (±1), some 64 KiB of the file at a time; rejects when `signal` is aborted.
 * All channels of one block have as many.
 */
export async function* channelSamples(
  handle: FileHandle,
  layout: PcmLayout,
  signal: AbortSignal
): AsyncGenerator<ReadonlyArray<Float32Array>> {
  const frameBytes = layout.bytesPerSample * layout.channels
  const blockFrames = Math.max(1, Math.floor(blockBytes / frameBytes))
  const read = reader(layout)
  for (let frame = 0; frame < layout.frames; frame += blockFrames) {
    signal.throwIfAborted()
    const wanted = Math.min(blockFrames, layout.frames - frame)
    const bytes = await readAt(handle, layout.start + frame * frameBytes, wanted * frameBytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const found = Math.floor(bytes.length / frameBytes)
    const channels = Array.from({ length: layout.channels }, (_, channel) => {
      const samples = new Float32Array(found)
      for (let i = 0; i < found; i++) samples[i] = read(view, i * frameBytes + channel * layout.bytesPerSample)
      return samples
    })
    if (found > 0) yield channels
    if (found < wanted) return
  }
}

/** The same mixed to mono. */
export async function* monoSamples(
  handle: FileHandle,
  layout: PcmLayout,
  signal: AbortSignal
): AsyncGenerator<Float32Array> {
  for await (const channels of channelSamples(handle, layout, signal)) {
    const mono = new Float32Array(channels[0]?.length ?? 0)
    for (let i = 0; i < mono.length; i++) {
      let sum = 0
      for (const samples of channels) sum += samples[i] ?? 0
      mono[i] = sum / layout.channels
    }
    yield mono
  }
}
