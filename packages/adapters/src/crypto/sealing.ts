import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { Effect, Layer, Option, Redacted } from "effect"
import { Sealing } from "@veza/domain/kernel"
import { deriveKey } from "./keys.ts"

const nonceLength = 12
const tagLength = 16

/** AES-256-GCM: nonce, tag, ciphertext; the purpose is authenticated with them (NIST SP 800-38D). */
export const sealingCrypto = (secret: Redacted.Redacted<string>) =>
  Layer.sync(Sealing, () => {
    const key = deriveKey(secret, "sealing")
    return Sealing.of({
      seal: (purpose, plain) =>
        Effect.sync(() => {
          const nonce = randomBytes(nonceLength)
          const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(purpose))
          const sealed = Buffer.concat([cipher.update(Redacted.value(plain), "utf8"), cipher.final()])
          return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
        }),
      open: (purpose, sealed) => {
        try {
          const nonce = sealed.subarray(0, nonceLength)
          const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
            .setAAD(Buffer.from(purpose))
            .setAuthTag(sealed.subarray(nonceLength, nonceLength + tagLength))
          const plain = Buffer.concat([decipher.update(sealed.subarray(nonceLength + tagLength)), decipher.final()])
          return Option.some(Redacted.make(plain.toString("utf8")))
        } catch {
          return Option.none()
        }
      }
    })
  })
