import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import { Redacted } from "effect"

/** A key for one purpose, derived from the installation's secret (HKDF, RFC 5869): no two purposes share one. */
export const deriveKey = (secret: Redacted.Redacted<string>, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", Redacted.value(secret), "veza", purpose, 32))

/** HMAC-SHA-256 as base64url. */
export const sign = (key: Buffer, text: string): string => createHmac("sha256", key).update(text).digest("base64url")

/** Compares without telling by its time how much agreed. */
export const sameText = (a: string, b: string): boolean => {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
