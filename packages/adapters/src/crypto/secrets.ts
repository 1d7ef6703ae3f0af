import { createHash, randomBytes } from "node:crypto"
import { Effect, Layer, Redacted } from "effect"
import { Secrets } from "@veza/domain/kernel"

const digest = (secret: Redacted.Redacted<string>): Uint8Array =>
  new Uint8Array(createHash("sha256").update(Redacted.value(secret)).digest())

export const secretsCrypto = Layer.succeed(
  Secrets,
  Secrets.of({
    digest,
    issue: Effect.sync(() => {
      const secret = Redacted.make(randomBytes(32).toString("base64url"))
      return { secret, digest: digest(secret) }
    })
  })
)
