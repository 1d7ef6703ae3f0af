import { randomBytes, randomUUID } from "node:crypto"
import { Clock, Effect, Layer } from "effect"
import { Ids } from "@veza/domain/kernel"

/** The digit with the variant's two bits in the place of its first two. */
const variant = (digit: string): string => "89ab".charAt(Number.parseInt(digit, 16) & 3)

/**
 * A version 7 UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits taken from the twenty hexadecimal
 * digits of `random` from `at` on. `millis` is a whole number from 0 to 2^48 − 1.
 */
export const uuidV7 = (millis: number, random: string, at = 0): string => {
  const time = millis.toString(16).padStart(12, "0")
  const digits = (from: number, to: number) => random.slice(at + from, at + to)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(1, 4)}-${variant(digits(4, 5))}${digits(5, 8)}-${digits(8, 20)}`
}

const randomDigits = (ids: number): string => randomBytes(10 * ids).toString("hex")

/** Version 4 for entities, version 7 for rows, from the system's random source. */
export const idsCrypto = Layer.succeed(
  Ids,
  Ids.of({
    entity: Effect.sync(() => randomUUID()),
    row: Effect.map(Clock.currentTimeMillis, (now) => uuidV7(now, randomDigits(1))),
    rows: (count) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const random = randomDigits(count)
        return Array.from({ length: count }, (_, at) => uuidV7(now, random, 20 * at))
      })
  })
)
