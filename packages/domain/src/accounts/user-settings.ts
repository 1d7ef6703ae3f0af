import { Effect, Schema, SchemaTransformation, Struct } from "effect"
import type { SignedIn } from "../kernel/index.ts"
import { UserSettingsStore } from "./preference-ports.ts"

const canonical = (tag: string): string | undefined => {
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

/** A language tag (BCP 47, RFC 5646) of at most 35 characters (RFC 5646 §4.4.1), in its canonical form: `en-us` is `en-US`. */
export const Language = Schema.String.pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.isMaxLength(35),
      Schema.makeFilter((tag: string) => canonical(tag) === tag, { expected: "a language tag such as en or pt-BR" })
    ),
    SchemaTransformation.transform({ decode: (tag) => canonical(tag) ?? tag, encode: (tag: string) => tag })
  )
)
const Theme = Schema.Literals(["light", "dark", "system"])
const Audience = Schema.Literals(["everyone", "followers", "nobody"])
const Quality = Schema.Literals(["auto", "low", "normal", "high", "lossless"])
/** Seconds. */
const Crossfade = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))

type Choices = Schema.Struct.Fields

/** What may be chosen in one section, all of it. */
const sections = {
  privacy: {
    discoverable: Schema.Boolean,
    show_listening_activity: Schema.Boolean,
    show_likes: Schema.Boolean,
    messages_from: Audience
  },
  playback: {
    quality: Quality,
    autoplay: Schema.Boolean,
    crossfade_seconds: Crossfade,
    normalize_volume: Schema.Boolean,
    explicit_content: Schema.Boolean
  },
  notifications: {
    email_security: Schema.Literal(true),
    email_followers: Schema.Boolean,
    email_messages: Schema.Boolean,
    email_news: Schema.Boolean,
    push_followers: Schema.Boolean,
    push_messages: Schema.Boolean,
    push_releases: Schema.Boolean
  }
} satisfies Readonly<Record<string, Choices>>

/** All settings of an account. Mails about its security cannot be switched off. */
export const UserSettings = Schema.Struct({
  language: Language,
  theme: Theme,
  privacy: Schema.Struct(sections.privacy),
  playback: Schema.Struct(sections.playback),
  notifications: Schema.Struct(sections.notifications)
}).annotate({ identifier: "UserSettings" })
export type UserSettings = typeof UserSettings.Type

/** What is so until somebody chooses otherwise: the more private, and nothing that was not asked for. */
export const defaultUserSettings: UserSettings = {
  language: "en",
  theme: "system",
  privacy: { discoverable: true, show_listening_activity: false, show_likes: false, messages_from: "followers" },
  playback: {
    quality: "auto",
    autoplay: false,
    crossfade_seconds: 0,
    normalize_volume: true,
    explicit_content: true
  },
  notifications: {
    email_security: true,
    email_followers: false,
    email_messages: true,
    email_news: false,
    push_followers: true,
    push_messages: true,
    push_releases: true
  }
}

const optional = <const Fields extends Choices>(fields: Fields) =>
  Schema.Struct(fields).mapFields(Struct.map(Schema.optionalKey))

/** Some of the settings; what is not named stays. The route refuses what is not known. */
export const SettingsChange = Schema.Struct({
  language: Schema.optionalKey(Language),
  theme: Schema.optionalKey(Theme),
  privacy: Schema.optionalKey(optional(sections.privacy)),
  playback: Schema.optionalKey(optional(sections.playback)),
  notifications: Schema.optionalKey(optional(sections.notifications))
})
export type SettingsChange = typeof SettingsChange.Type

/** Puts what somebody chose over what was there. */
export const mergeSettings = (base: UserSettings, chosen: SettingsChange): UserSettings => ({
  language: chosen.language ?? base.language,
  theme: chosen.theme ?? base.theme,
  privacy: { ...base.privacy, ...chosen.privacy },
  playback: { ...base.playback, ...chosen.playback },
  notifications: { ...base.notifications, ...chosen.notifications }
})

/** The caller's settings: what they chose over the defaults of the day. */
export const readSettings = Effect.fnUntraced(function* (actor: SignedIn) {
  return mergeSettings(defaultUserSettings, yield* (yield* UserSettingsStore).chosen(actor.userId))
})

/** Changes some of the caller's settings; two changes at once both stand. Answers all of them. */
export const changeSettings = Effect.fn("accounts.changeSettings")(function* (actor: SignedIn, change: SettingsChange) {
  return mergeSettings(defaultUserSettings, yield* (yield* UserSettingsStore).choose(actor.userId, change))
})
