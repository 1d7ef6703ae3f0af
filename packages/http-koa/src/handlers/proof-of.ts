import { Redacted } from "effect"
import type { SecondFactorProof } from "@veza/domain/accounts"

/** The second factor in a body: the authenticator's code where both were sent, nothing where neither was. */
export const proofOf = (totp: string | undefined, backup: string | undefined): SecondFactorProof | undefined => {
  if (totp !== undefined) return { method: "totp", code: Redacted.make(totp) }
  return backup === undefined ? undefined : { method: "backup_code", code: Redacted.make(backup) }
}
