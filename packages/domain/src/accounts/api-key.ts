import { DateTime } from "effect"
import type { ApiKeyId, KeyScope, UserId } from "../kernel/index.ts"

/** A developer's key as its owner sees it; the key itself is shown once, when it is issued (10-accounts, "API key"). */
export interface ApiKey {
  readonly id: ApiKeyId
  readonly userId: UserId
  readonly name: string
  /** The first characters of the key, to tell keys apart. */
  readonly prefix: string
  readonly scopes: ReadonlyArray<KeyScope>
  readonly createdAt: DateTime.Utc
  /** Some seconds behind: uses are written together. */
  readonly lastUsedAt: DateTime.Utc | null
  readonly expiresAt: DateTime.Utc | null
  /** The end of the overlap with its successor; null for a key that was not rotated. */
  readonly retiresAt: DateTime.Utc | null
}

/** Keys that one user may have alive at the same time, those in their overlap included. */
export const maxLivingKeys = 20
/** Seconds a rotated key lives on: 24 hours unless told otherwise, a week at most. */
export const keyOverlap = { standard: 86_400, longest: 7 * 86_400 } as const

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const marker = "vza_"
/** Base-62 digits that hold 256 bits, and those that hold 32. */
const length = { random: 43, checksum: 6 } as const
const shape = /^vza_[0-9A-Za-z]{49}$/u
const shownCharacters = 12

const inBase62 = (number: bigint, width: number): string => {
  let text = ""
  for (let rest = number; rest > 0n; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text.padStart(width, "0")
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1
  return rest
})

/** CRC-32 (ISO-HDLC, as in zip and GitHub's tokens) of ASCII text: it notices every change within any four characters. */
const crc32 = (text: string): number => {
  let rest = 0xffffffff
  for (let at = 0; at < text.length; at++) {
    rest = (crcTable[(rest ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (rest >>> 8)
  }
  return (rest ^ 0xffffffff) >>> 0
}

const checksumOf = (random: string): string => inBase62(BigInt(crc32(random)), length.checksum)

/**
 * The key made of 32 random bytes, given as base64url: `vza_`, 43 base-62 digits of the bytes, 6 of their checksum. Base
 * 62, so that a double click selects the whole of it.
 */
export const composeApiKey = (random: string): string => {
  // 43 characters of 6 bits are two bits more than 32 bytes; they are zero.
  const bytes = [...random].reduce((sum, char) => sum * 64n + BigInt(base64url.indexOf(char)), 0n) >> 2n
  const text = inBase62(bytes, length.random)
  return `${marker}${text}${checksumOf(text)}`
}

/** Does this mean to be a key? */
export const claimsToBeApiKey = (text: string): boolean => text.startsWith(marker)

/** Could this be a key? A mistyped, cut or made-up one is told without looking anything up. */
export const isWellFormedApiKey = (text: string): boolean => {
  if (!shape.test(text)) return false
  const end = marker.length + length.random
  return checksumOf(text.slice(marker.length, end)) === text.slice(end)
}

/** What of a key may be shown for good: 48 of its 256 random bits. */
export const prefixOfApiKey = (key: string): string => key.slice(0, shownCharacters)
