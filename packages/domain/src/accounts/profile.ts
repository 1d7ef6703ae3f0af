import { type DateTime, Schema, SchemaTransformation } from "effect"
import { type Actor, permits, Text, textUpTo } from "../kernel/index.ts"
import { Birthdate } from "./age.ts"
import type { StoredImage } from "./image-ports.ts"
import { type User, Username } from "./user.ts"

const tidy = SchemaTransformation.transform({
  decode: (text: string) => text.trim().normalize("NFC"),
  encode: (text: string) => text
})
/** Room for what tidying takes away: blanks around a text, and marks that NFC joins with their letters. */
const untidyUpTo = (max: number) => textUpTo(4 * max)
const without = (characters: RegExp, expected: string) =>
  Schema.makeFilter((text: string) => !characters.test(text), { expected })

/** Control characters, line separators, and the marks that turn the direction of what stands after them. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
/** The same without tabs and line breaks. */
const unprintableInProse = /[^\P{Cc}\t\n\r]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** The name that is shown: 1 to 100 characters in NFC, trimmed, something visible and nothing unprintable among them. */
export const DisplayName = untidyUpTo(100).pipe(
  Schema.decodeTo(
    textUpTo(100).check(
      Schema.isPattern(/[\p{L}\p{N}\p{P}\p{S}]/u, { expected: "a name of 1 to 100 characters" }),
      without(unprintable, "text without control characters")
    ),
    tidy
  )
)

/** What somebody writes about themselves: at most 1000 characters in NFC, trimmed; line breaks are welcome. */
export const Bio = untidyUpTo(1000).pipe(
  Schema.decodeTo(textUpTo(1000).check(without(unprintableInProse, "text without control characters")), tidy)
)

/** Where else somebody can be found, as it is shown beside a profile. */
export const socialLinkKeys = [
  "website",
  "instagram",
  "x",
  "youtube",
  "soundcloud",
  "bandcamp",
  "tiktok",
  "facebook",
  "spotify",
  "apple_music",
  "deezer",
  "mastodon",
  "twitch",
  "discord"
] as const
export const maxSocialLinks = 10

/** `https` with a host name of at least two labels (RFC 3986 §3, RFC 1123 §2.1): no user, no address, no blanks. */
const SocialUrl = Text.check(
  Schema.isMaxLength(300),
  Schema.isPattern(
    /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])(?::\d{1,5})?(?:[/?#][^\s\p{C}<>"\\^`{|}]*)?$/iu,
    { expected: "a link that begins with https://" }
  )
)

const known: ReadonlySet<string> = new Set(socialLinkKeys)

/** At most ten links under the keys of `socialLinkKeys`. */
export const SocialLinks = Schema.Record(Schema.String, SocialUrl).check(
  Schema.makeFilter((links: Readonly<Record<string, string>>) => [
    ...Object.keys(links)
      .filter((key) => !known.has(key))
      .map((key) => ({ path: [key], issue: `is none of ${socialLinkKeys.join(", ")}` })),
    ...(Object.keys(links).length > maxSocialLinks ? [`holds more than ${maxSocialLinks} links`] : [])
  ])
)
export type SocialLinks = typeof SocialLinks.Type

/** A change of a profile: an absent key leaves what is there, `null` clears it. */
export const ProfileChange = Schema.Struct({
  username: Schema.optionalKey(Username),
  display_name: Schema.optionalKey(Schema.NullOr(DisplayName)),
  bio: Schema.optionalKey(Schema.NullOr(Bio)),
  social_links: Schema.optionalKey(Schema.NullOr(SocialLinks)),
  is_private: Schema.optionalKey(Schema.Boolean),
  birthdate: Schema.optionalKey(Schema.NullOr(Birthdate))
})
export type ProfileChange = typeof ProfileChange.Type

export const ImageKind = Schema.Literals(["avatar", "banner"])
export type ImageKind = typeof ImageKind.Type

/** An account with what its owner says of themselves. */
export interface Profile {
  readonly user: User
  readonly bio: string | null
  readonly socialLinks: SocialLinks
  readonly isPrivate: boolean
  readonly avatar: StoredImage | null
  readonly banner: StoredImage | null
  readonly usernameChangedAt: DateTime.Utc | null
}

/** How much of a profile somebody sees; `stub`: that it is there, whose it is, and that it is private. */
export type Sight = "whole" | "public" | "stub" | "absent"

/** Is the account there for everybody: confirmed, and neither deleted, deactivated nor banned? */
const isPresent = ({ user }: Profile): boolean => user.isVerified && user.isActive && !user.isBanned

/** What a profile is to somebody (05-decisions, "Registration" and "Visibility before rights"). */
export const sightOf = (profile: Profile, actor: Actor): Sight => {
  if (actor._tag === "SignedIn" && (permits(actor.role, "accounts.administrate") || actor.userId === profile.user.id)) {
    return "whole"
  }
  if (!isPresent(profile)) return "absent"
  return profile.isPrivate ? "stub" : "public"
}
