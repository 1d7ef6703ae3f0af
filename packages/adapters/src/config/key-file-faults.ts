import { Result } from "effect"
import { readSigningKey, readVerificationKey } from "../crypto/key-files.ts"
import { type Fault, listed, type Variables } from "./rules.ts"

const present = (text: string | undefined): text is string => text !== undefined && text !== ""

/** What is wrong with the key files that the settings name. */
export const keyFileFaults = (variables: Variables): ReadonlyArray<Fault> => {
  const privatePath = variables["JWT_PRIVATE_KEY_PATH"]
  const publicPaths = listed(variables["JWT_PUBLIC_KEY_PATH"])
  if (!present(privatePath)) {
    return publicPaths.length === 0
      ? []
      : [{ variable: "JWT_PUBLIC_KEY_PATH", message: "needs JWT_PRIVATE_KEY_PATH, the key that signs" }]
  }
  const fault =
    (variable: string) =>
    (result: Result.Result<unknown, string>): ReadonlyArray<Fault> =>
      Result.isFailure(result) ? [{ variable, message: result.failure }] : []
  return [
    ...fault("JWT_PRIVATE_KEY_PATH")(readSigningKey(privatePath)),
    ...publicPaths.map(readVerificationKey).flatMap(fault("JWT_PUBLIC_KEY_PATH"))
  ]
}
