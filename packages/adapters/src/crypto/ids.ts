import { randomBytes, randomUUID } from "node:crypto"
import { Clock, Effect, Layer } from "effect"
import { Ids } from "@veza/domain/kernel"

/**
 * A version 7 UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits taken from the ten bytes of
 * `random`. `millis` is a whole number from 0 to 2^48 − 1.
 */
export const uuidV7 = (millis: number, random: Uint8Array): string => {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(millis, 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

/** Version 4 for entities, version 7 for rows, from the system's random source. */
export const idsCrypto = Layer.succeed(
  Ids,
  Ids.of({
    entity: Effect.sync(() => randomUUID()),
    row: Effect.map(Clock.currentTimeMillis, (now) => uuidV7(now, randomBytes(10))),
    rows: (count) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const random = randomBytes(10 * count)
        return Array.from({ length: count }, (_, at) => uuidV7(now, random.subarray(10 * at)))
      })
  })
)
