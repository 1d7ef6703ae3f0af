import { readFileSync } from "node:fs"
import { Result } from "effect"
import { isMissing } from "../storage/file-cache.ts"
import { signingKey, type SigningKey, verificationKey, type VerificationKey } from "./signing-keys.ts"

/** The keys of JWT_PRIVATE_KEY_PATH and JWT_PUBLIC_KEY_PATH: the first signs, all of them verify. */
export interface AccessKeys {
  readonly signing: SigningKey
  readonly verifying: ReadonlyArray<VerificationKey>
}

const read = <A>(path: string, parse: (pem: string) => Result.Result<A, string>): Result.Result<A, string> => {
  try {
    return Result.mapError(parse(readFileSync(path, "utf8")), (fault) => `cannot be used: ${path} ${fault}`)
  } catch (error) {
    return Result.fail(`cannot be used: ${path} ${isMissing(error) ? "does not exist" : "cannot be read"}`)
  }
}

/** The private key of a file; the failure completes “JWT_PRIVATE_KEY_PATH …”. */
export const readSigningKey = (path: string): Result.Result<SigningKey, string> => read(path, signingKey)

/** The public key of a file; the failure completes “JWT_PUBLIC_KEY_PATH …”. */
export const readVerificationKey = (path: string): Result.Result<VerificationKey, string> => read(path, verificationKey)

/** The keys that access tokens are signed and verified with; the signing key verifies too, listed or not. */
export const accessKeys = (signing: SigningKey, others: ReadonlyArray<VerificationKey>): AccessKeys => ({
  signing,
  verifying: [signing, ...others.filter(({ kid }) => kid !== signing.kid)]
})
