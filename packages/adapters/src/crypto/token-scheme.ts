import { createHmac, type KeyObject, timingSafeEqual, verify } from "node:crypto"
import { Redacted } from "effect"
import type { PublishedKey } from "@veza/domain/accounts"
import type { AccessKeys } from "./key-files.ts"

export type TokenAlgorithm = "HS256" | "RS256" | "EdDSA"

export interface TokenHeader {
  readonly alg: TokenAlgorithm
  readonly kid?: string | undefined
}

/** How one installation signs its tokens, and which signatures it accepts. */
export interface TokenScheme {
  /** What every header says. */
  readonly header: { readonly alg: TokenAlgorithm; readonly kid?: string }
  readonly signWith: KeyObject | Uint8Array
  /** Was `signature` made over `input` by a key that this header's algorithm belongs to? */
  readonly accepts: (header: TokenHeader, input: string, signature: Buffer) => boolean
  readonly published: ReadonlyArray<PublishedKey>
}

/** HS256 with the installation's secret; nobody else can verify. */
export const secretScheme = (secret: Redacted.Redacted<string>): TokenScheme => {
  const key = Buffer.from(Redacted.value(secret), "utf8")
  return {
    header: { alg: "HS256" },
    signWith: key,
    accepts: (header, input, signature) => {
      if (header.alg !== "HS256") return false
      const expected = createHmac("sha256", key).update(input).digest()
      return signature.length === expected.length && timingSafeEqual(signature, expected)
    },
    published: []
  }
}

/**
 * RS256 or EdDSA with key files. A token names its key, and the key decides the algorithm: what the header claims must
 * agree, so no public key is ever taken for an HMAC secret (RFC 8725 §2.1, §3.1).
 */
export const keyScheme = ({ signing, verifying }: AccessKeys): TokenScheme => {
  const byKid = new Map(verifying.map((key) => [key.kid, key]))
  return {
    header: { alg: signing.alg, kid: signing.kid },
    signWith: signing.privateKey,
    accepts: (header, input, signature) => {
      const key = byKid.get(header.kid ?? "")
      if (key === undefined || key.alg !== header.alg) return false
      return verify(key.alg === "RS256" ? "sha256" : null, Buffer.from(input), key.publicKey, signature)
    },
    published: verifying
  }
}
