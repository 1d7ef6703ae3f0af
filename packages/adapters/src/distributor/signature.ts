import { createHmac, timingSafeEqual } from "node:crypto"
import { type DateTime, Redacted, Result, Schema } from "effect"
import { CallbackMalformed, CallbackRefused, type RawCallback, StoreReport } from "@veza/domain/distribution"

/** The header that carries the signature: `t=<Unix seconds>,v1=<hexadecimal HMAC-SHA-256 of "<t>.<raw body>">`. */
export const signatureHeader = "x-veza-signature"

/** Seconds that a callback's signed time may differ from ours (05-decisions, "Webhook replay"). */
const tolerance = 300

const macOf = (secret: Redacted.Redacted<string>, time: string, body: Uint8Array): Buffer =>
  createHmac("sha256", Redacted.value(secret)).update(`${time}.`).update(body).digest()

/** Signs a callback as stores do; `at`: Unix seconds. */
export const signCallback = (secret: Redacted.Redacted<string>, body: Uint8Array, at: number): string =>
  `t=${at},v1=${macOf(secret, String(at), body).toString("hex")}`

const decodeReport = Schema.decodeUnknownResult(Schema.fromJsonString(StoreReport))

/** Checks a callback's signature in constant time, then its age, and reads it only then. */
export const readCallback = (
  secret: Redacted.Redacted<string>,
  { body, signature }: RawCallback,
  at: DateTime.Utc
): Result.Result<StoreReport, CallbackRefused | CallbackMalformed> => {
  const [, time = "", mac = ""] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/u.exec(signature) ?? []
  const expected = macOf(secret, time, body)
  const given = Buffer.from(mac, "hex")
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return Result.fail(new CallbackRefused({ reason: "signature" }))
  }
  if (Math.abs(at.epochMilliseconds / 1000 - Number(time)) > tolerance) {
    return Result.fail(new CallbackRefused({ reason: "stale" }))
  }
  const text = Buffer.from(body).toString("utf8")
  return Result.mapError(decodeReport(text), () => new CallbackMalformed())
}
