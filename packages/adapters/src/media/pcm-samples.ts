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

/** Reads a file's samples mixed to mono (±1), some 64 KiB of the file at a time; rejects when `signal` is aborted. */
export async function* monoSamples(
  handle: FileHandle,
  layout: PcmLayout,
  signal: AbortSignal
): AsyncGenerator<Float32Array> {
  const frameBytes = layout.bytesPerSample * layout.channels
  const blockFrames = Math.max(1, Math.floor(blockBytes / frameBytes))
  const read = reader(layout)
  for (let frame = 0; frame < layout.frames; frame += blockFrames) {
    signal.throwIfAborted()
    const wanted = Math.min(blockFrames, layout.frames - frame)
    const bytes = await readAt(handle, layout.start + frame * frameBytes, wanted * frameBytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const mono = new Float32Array(Math.floor(bytes.length / frameBytes))
    for (let i = 0; i < mono.length; i++) {
      let sum = 0
      for (let channel = 0; channel < layout.channels; channel++) {
        sum += read(view, i * frameBytes + channel * layout.bytesPerSample)
      }
      mono[i] = sum / layout.channels
    }
    if (mono.length > 0) yield mono
    if (mono.length < wanted) return
  }
}
