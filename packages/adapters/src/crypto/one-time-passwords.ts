import { randomBytes } from "node:crypto"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { HOTP, Secret } from "otpauth"
import { renderSVG } from "uqr"
import { OneTimePasswords } from "@veza/domain/accounts"
import { sameText } from "./keys.ts"

/** Seconds of a time step, and how many digits a code has (RFC 6238 §4, RFC 4226 §5.3). */
const period = 30
const digits = 6
/** Steps before and after the current one whose codes count (RFC 6238 §5.2). */
const neighbours = 1
/** Bytes: RFC 4226 §4, R6 recommends 160 bits; 80 bits of a backup code are beyond guessing. */
const secretSize = 20
const backupCodeSize = 10

/** The Key URI of authenticator apps; algorithm, digits and period are its defaults and left away. */
export const otpauthUri = (secret: Redacted.Redacted<string>, account: string): string =>
  `otpauth://totp/Veza:${encodeURIComponent(account)}?secret=${Redacted.value(secret)}&issuer=Veza`

const base32 = (size: number): string => new Secret({ buffer: new Uint8Array(randomBytes(size)).buffer }).base32

const newBackupCode = () => Redacted.make(base32(backupCodeSize).replace(/(.{4})(?=.)/gu, "$1-"))

/** Every candidate is computed and compared, so that the time tells nothing of the code. */
const stepOf = (secret: Redacted.Redacted<string>, code: string, at: DateTime.Utc): number | undefined => {
  const key = Secret.fromBase32(Redacted.value(secret))
  const current = Math.floor(at.epochMilliseconds / 1000 / period)
  const steps = Array.from({ length: 2 * neighbours + 1 }, (_, n) => Math.max(0, current - neighbours + n))
  const matching = steps.filter((step) =>
    sameText(HOTP.generate({ secret: key, counter: step, digits, algorithm: "SHA1" }), code)
  )
  return matching.at(-1)
}

export const oneTimePasswords = Layer.succeed(
  OneTimePasswords,
  OneTimePasswords.of({
    newSecret: Effect.sync(() => Redacted.make(base32(secretSize))),
    newBackupCodes: (count) => Effect.sync(() => Array.from({ length: count }, newBackupCode)),
    stepOf,
    enrolment: (secret, account) => {
      const uri = otpauthUri(secret, account)
      return { uri, qrSvg: renderSVG(uri) }
    }
  })
)
