import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { Effect, Layer, Redacted } from "effect"
import { Secrets } from "@veza/domain/kernel"

const digest = (secret: Redacted.Redacted<string>): Uint8Array =>
  new Uint8Array(createHash("sha256").update(Redacted.value(secret)).digest())

export const secretsCrypto = Layer.succeed(
  Secrets,
  Secrets.of({
    digest,
    same: (one, other) => timingSafeEqual(digest(one), digest(other)),
    issue: Effect.sync(() => {
      const secret = Redacted.make(randomBytes(32).toString("base64url"))
      return { secret, digest: digest(secret) }
    })
  })
)
