import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { ContentHashing } from "@veza/domain/tracks"

export const contentHashingCrypto = Layer.succeed(
  ContentHashing,
  ContentHashing.of({
    begin: Effect.sync(() => {
      const hash = createHash("sha256")
      return {
        update: (chunk) => {
          hash.update(chunk)
        },
        digest: () => hash.digest("hex")
      }
    })
  })
)
