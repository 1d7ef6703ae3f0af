import { Schema, SchemaTransformation } from "effect"
import { Role, textUpTo, UserId } from "../kernel/index.ts"

/**
 * An e-mail address as people type it: one `@`, something on both sides, at most 254 characters (RFC 5321 §4.5.3.1.3
 * with its angle brackets taken off). Whether it exists only a mail can tell.
 */
export const Email = textUpTo(254)
  .check(
    Schema.isPattern(/^[^\s@<>"(),:;\\]{1,64}@[^\s@<>"(),:;\\]+\.[^\s@<>"(),:;\\]{2,}$/u, {
      expected: "an e-mail address"
    })
  )
  .pipe(Schema.brand("Email"))
export type Email = typeof Email.Type

/** The form under which an address is unique: without regard to case. */
export const emailKey = (email: string): string => email.toLowerCase()

const reserved = new Set(
  "admin administrator root system support help moderator mod staff security abuse postmaster webmaster hostmaster veza official me null undefined anonymous everyone here api www mail ftp".split(
    " "
  )
)

/** Names nobody may choose: those that would pass for the house, and what deleted accounts are renamed to. */
export const isReservedUsername = (username: string): boolean =>
  reserved.has(username) || username.startsWith("deleted-")

/** The rule for usernames in words, for people and for the API document. */
export const usernameRule =
  "3 to 30 of the ASCII characters a-z 0-9 _ . - in any case, kept in lower case and unique without regard to case; names that pass for the house, and those that begin with deleted-, are reserved. Any other character is refused, never folded, so look-alikes of other alphabets do not arise."

/**
 * A chosen username (10-accounts): 3 to 30 of `a-z 0-9 _ . -`, compared without regard to case, and not reserved.
 * ASCII only, so names that look alike in other alphabets (Cyrillic, full-width, with combining marks or characters of
 * no width) do not arise: such characters are refused and never folded into ours, not even those whose lower case is
 * ASCII, such as the Kelvin sign.
 */
export const Username = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_.-]*$/u, { expected: "3 to 30 of the characters a-z 0-9 _ . -" })
).pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.isPattern(/^[a-z0-9_.-]{3,30}$/u, { expected: "3 to 30 of the characters a-z 0-9 _ . -" }),
      Schema.makeFilter((name: string) => !isReservedUsername(name), { expected: "a name that is not reserved" })
    ),
    SchemaTransformation.toLowerCase()
  ),
  Schema.brand("Username")
)
export type Username = typeof Username.Type

/** An account, as its owner and administrators may know it. The password's hash is not part of it. */
export class User extends Schema.Class<User>("User")({
  id: UserId,
  email: Schema.String,
  username: Schema.String,
  displayName: Schema.NullOr(Schema.String),
  role: Role,
  isVerified: Schema.Boolean,
  isActive: Schema.Boolean,
  isBanned: Schema.Boolean,
  tokenVersion: Schema.Int,
  birthdate: Schema.NullOr(Schema.String),
  promotedToCreatorAt: Schema.NullOr(Schema.DateTimeUtc),
  createdAt: Schema.DateTimeUtc
}) {}
