import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { ContentHashing } from "@veza/domain/tracks"

export const contentHashingCrypto = Layer.succeed(
  ContentHashing,
  ContentHashing.of({
    checksum: (algorithm) =>
      Effect.sync(() => {
        const hash = createHash(algorithm)
        return {
          update: (chunk) => {
            hash.update(chunk)
          },
          digest: () => hash.digest("base64")
        }
      }),
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
