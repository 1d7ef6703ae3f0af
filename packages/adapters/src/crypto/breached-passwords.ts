import { dictionary } from "@zxcvbn-ts/language-common"

/** The passwords of the published leaks that somebody could choose here, in lower case. `minLength` in code points. */
export const breachedPasswords = (minLength: number): ReadonlySet<string> =>
  new Set(dictionary["passwords-common"].filter((password) => password.length >= minLength))
