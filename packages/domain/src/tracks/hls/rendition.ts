import { Schema } from "effect"
import { Uuid } from "../../kernel/index.ts"
import type { AudioFacts } from "../track.ts"
import type { AudioFormat } from "../audio-format.ts"

/** One attempt at making the renditions of a track; what it made is stored under it. */
export const BuildId = Uuid.pipe(Schema.brand("BuildId"))
export type BuildId = typeof BuildId.Type

export const RenditionName = Schema.Literals(["aac-64", "aac-128", "aac-256", "flac"])
export type RenditionName = typeof RenditionName.Type

/** What a master playlist says of a rendition. Rates in bits per second, measured on its segments. */
export const Rendition = Schema.Struct({
  name: RenditionName,
  codecs: Schema.Literals(["mp4a.40.2", "fLaC"]),
  bandwidth: Schema.Int,
  averageBandwidth: Schema.Int
})
export type Rendition = typeof Rendition.Type

/** The renditions of a track as they were published together. */
export const HlsSet = Schema.Struct({
  build: BuildId,
  /** Milliseconds since the epoch. */
  madeAt: Schema.Int,
  renditions: Schema.Array(Rendition)
})
export type HlsSet = typeof HlsSet.Type

export interface RenditionPlan {
  readonly name: RenditionName
  readonly codecs: Rendition["codecs"]
  /** Bits per second to aim at; a lossless rendition takes what it takes. */
  readonly bitrate: number | undefined
  /** Hertz. */
  readonly sampleRate: number
  readonly channels: number
  /** Samples of one coded frame; segments hold whole frames. */
  readonly frame: number
  /** Samples of one segment: the same time in every rendition of a track. */
  readonly segment: number
}

const ladder = [
  { name: "aac-64", bitrate: 64_000 },
  { name: "aac-128", bitrate: 128_000 },
  { name: "aac-256", bitrate: 256_000 }
] as const

const aacFrame = 1024
/** Frames of FLAC last as long as so many of AAC, so that the segments of both can begin together. */
const aacFramesPerFlacFrame = 4
/** Seconds; HLS players are made for about six. */
const segmentLength = 6
/** An average may lie a little below the rate that was asked for. */
const tolerance = 1.05
const maxFlacChannels = 8

/** The rates of AAC (ISO/IEC 14496-3, table 1.18) up to what ears need; higher ones are halved until they fit. */
const aacRates = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
const divisors = [1, 2, 4]
const highestAacRate = 48_000

const aacRateOf = (rate: number): number => {
  const divisor = divisors.find((by) => aacRates.includes(rate / by))
  if (divisor !== undefined) return rate / divisor
  return aacRates.find((one) => one >= rate) ?? highestAacRate
}

type SoundFacts = Pick<AudioFacts, "bitrate" | "sampleRate" | "channels" | "lossless">

/** The header of AAC with spectral band replication states half the rate of its sound. */
const rateOf = (format: AudioFormat, { sampleRate, lossless }: SoundFacts): number => {
  const stated = sampleRate ?? 44_100
  const mayBeHalf = (format === "m4a" || format === "aac") && lossless !== true && stated <= 24_000
  return mayBeHalf ? stated * 2 : stated
}

/** What a source has more than this would be made of nothing: bits per second. */
const mostSensible = ({ bitrate, lossless }: SoundFacts, rate: number, channels: number): number =>
  Math.min(
    lossless === true || bitrate === null ? Infinity : bitrate * tolerance,
    channels === 1 ? 128_000 : 256_000,
    // A frame holds at most 6144 bits for each channel (ISO/IEC 14496-3, 4.5.3).
    (6144 / aacFrame) * rate * channels
  )

/**
 * The renditions worth making of a source (20-tracks, "HLS"): AAC up to what the source has to give, the lowest always,
 * and FLAC for a lossless one. The lossless one is first where there is one, then they rise.
 */
export const planRenditions = (format: AudioFormat, facts: SoundFacts): ReadonlyArray<RenditionPlan> => {
  const rate = rateOf(format, facts)
  const sampleRate = aacRateOf(rate)
  const channels = Math.min(2, facts.channels ?? 2)
  const flacFrame = aacFrame * aacFramesPerFlacFrame
  const segment = flacFrame * Math.max(1, Math.round((segmentLength * sampleRate) / flacFrame))
  const most = mostSensible(facts, sampleRate, channels)
  const aac = ladder
    .filter(({ bitrate }, rung) => rung === 0 || bitrate <= most)
    .map(({ name, bitrate }): RenditionPlan => ({
      name,
      codecs: "mp4a.40.2",
      bitrate,
      sampleRate,
      channels,
      frame: aacFrame,
      segment
    }))
  const times = rate / sampleRate
  const isLossless = facts.lossless === true && divisors.includes(times) && (facts.channels ?? 2) <= maxFlacChannels
  if (!isLossless) return aac
  const flac: RenditionPlan = {
    name: "flac",
    codecs: "fLaC",
    bitrate: undefined,
    sampleRate: rate,
    channels: facts.channels ?? 2,
    frame: flacFrame * times,
    segment: segment * times
  }
  return [flac, ...aac]
}
