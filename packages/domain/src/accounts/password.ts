import { commonPasswords } from "./common-passwords.ts"

/** Bounds of a password in code points after NFKC (10-accounts; OWASP Password Storage). No composition rules. */
export const passwordMaxLength = 128

export type PasswordFault = "too_short" | "too_long" | "too_common" | "personal"

/** The form in which a password is judged and hashed, so that two keyboards' spellings of it are one. */
export const normalizePassword = (password: string): string => password.normalize("NFKC")

/** The words of somebody's e-mail and username that a password must not be built from (four letters or more). */
const personalWords = (email: string, username: string): ReadonlyArray<string> =>
  [...email.toLowerCase().split("@"), username.toLowerCase(), ...email.toLowerCase().split(/[^a-z0-9]+/u)].filter(
    (word) => word.length >= 4
  )

/** Is so much of the password made of the word that little else is left? */
const isBuiltFrom = (password: string, word: string): boolean =>
  password.includes(word) && password.length - word.length < 6

/**
 * Judges a new password: the first rule it breaks, or undefined when it may be used.
 * `minLength` is PASSWORD_MIN_LENGTH, in code points; `breached` holds passwords in lower case that are known from leaks.
 */
export const passwordFault = (
  password: string,
  about: {
    readonly email: string
    readonly username: string
    readonly minLength: number
    readonly breached: ReadonlySet<string>
  }
): PasswordFault | undefined => {
  const normal = normalizePassword(password)
  const length = [...normal].length
  const lower = normal.toLowerCase()
  if (length < about.minLength) return "too_short"
  if (length > passwordMaxLength) return "too_long"
  if (commonPasswords.has(lower) || about.breached.has(lower) || /^(.)\1*$/su.test(lower)) return "too_common"
  if (personalWords(about.email, about.username).some((word) => isBuiltFrom(lower, word))) return "personal"
  return undefined
}
