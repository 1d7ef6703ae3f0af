import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto"
import { Result } from "effect"
import type { PublishedKey } from "@veza/domain/accounts"

/** A public key that verifies access tokens, with its form for others to read. */
export interface VerificationKey extends PublishedKey {
  readonly publicKey: KeyObject
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject
}

/** Under 2048 bits RS256 is not to be used (RFC 7518 §3.3); over 8192 a token outgrows its bound. */
const rsaBits = { min: 2048, max: 8192 } as const

/** The members of a JWK that make its thumbprint, in the order that RFC 7638 §3.2 wants. */
const required = ({ kty, crv, x, e, n }: JsonWebKey) => (kty === "OKP" ? { crv, kty, x } : { e, kty, n })

/** The RFC 7638 thumbprint of a public key: SHA-256, base64url. */
const thumbprint = (jwk: JsonWebKey): string =>
  createHash("sha256")
    .update(JSON.stringify(required(jwk)))
    .digest("base64url")

/** The algorithm that a key's type stands for, or what is wrong with the key. */
const algorithmOf = (key: KeyObject): Result.Result<"RS256" | "EdDSA", string> => {
  if (key.asymmetricKeyType === "ed25519") return Result.succeed("EdDSA")
  if (key.asymmetricKeyType !== "rsa") {
    return Result.fail(`is a key of type ${key.asymmetricKeyType ?? "unknown"}; RSA and Ed25519 are accepted`)
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= rsaBits.min && bits <= rsaBits.max
    ? Result.succeed("RS256")
    : Result.fail(`is an RSA key of ${bits} bits; ${rsaBits.min} to ${rsaBits.max} are accepted`)
}

const describe = (publicKey: KeyObject): Result.Result<VerificationKey, string> =>
  Result.map(algorithmOf(publicKey), (alg) => {
    const jwk = publicKey.export({ format: "jwk" })
    const kid = thumbprint(jwk)
    return { publicKey, kid, alg, jwk: { ...required(jwk), kid, alg, use: "sig" } }
  })

const parse = (make: () => KeyObject, kind: string): Result.Result<KeyObject, string> => {
  try {
    return Result.succeed(make())
  } catch {
    return Result.fail(`holds no ${kind} key in PEM`)
  }
}

/** Reads a public key in PEM; the failure completes “the file …”. */
export const verificationKey = (pem: string): Result.Result<VerificationKey, string> =>
  Result.flatMap(
    parse(() => createPublicKey(pem), "public"),
    describe
  )

/** Reads a private key in PEM, without a passphrase; the failure completes “the file …”. */
export const signingKey = (pem: string): Result.Result<SigningKey, string> =>
  Result.flatMap(
    parse(() => createPrivateKey(pem), "private"),
    (privateKey) => Result.map(describe(createPublicKey(privateKey)), (found) => ({ ...found, privateKey }))
  )
