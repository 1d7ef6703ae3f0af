import { Effect, Option, Stream } from "effect"
import type { ImageFiles, ImageNotes } from "./image-ports.ts"
import {
  type Eraser,
  exportedTime,
  inPages,
  oneRow,
  type PersonalDataSection,
  type PersonalRow,
  type PersonalValue
} from "./personal-data.ts"
import { type Acceptance, PrivacyChoices, UserSettingsStore } from "./preference-ports.ts"
import { ProfileErasure, ProfileRecords } from "./profile-erasure-ports.ts"
import { ImageKind, type Profile } from "./profile.ts"
import { UserProfiles } from "./profile-ports.ts"
import { discardImage } from "./stored-images.ts"
import type { SettingsChange } from "./user-settings.ts"

const profileRow = ({ bio, socialLinks, isPrivate, usernameChangedAt }: Profile): PersonalRow => ({
  bio,
  social_links: Object.entries(socialLinks).map(([where, link]) => `${where}: ${link}`),
  is_private: isPrivate,
  username_changed_at: exportedTime(usernameChangedAt)
})

const imageRows = (profile: Profile): ReadonlyArray<PersonalRow> =>
  ImageKind.literals.flatMap((kind) => {
    const image = profile[kind]
    if (image === null) return []
    const { contentHash: sha256, changedAt } = image
    return [{ kind, image: `/api/v1/users/${profile.user.id}/${kind}`, sha256, changed_at: exportedTime(changedAt) }]
  })

/** One row a choice: `playback.autoplay`, true. */
const settingRows = (chosen: SettingsChange): ReadonlyArray<PersonalRow> =>
  Object.entries(chosen).flatMap(
    ([name, value]: readonly [string, string | Readonly<Record<string, PersonalValue>>]) =>
      typeof value === "string"
        ? [{ setting: name, value }]
        : Object.entries(value).map(([key, choice]) => ({ setting: `${name}.${key}`, value: choice }))
  )

const acceptanceRow = (acceptance: Acceptance): PersonalRow => ({
  type: acceptance.type,
  version: acceptance.version,
  accepted_at: exportedTime(acceptance.acceptedAt),
  ip: acceptance.ip,
  user_agent: acceptance.userAgent
})

/** What somebody says of themselves and what they chose. */
export const profileSections = Effect.gen(function* () {
  const profiles = yield* UserProfiles
  const settings = yield* UserSettingsStore
  const privacy = yield* PrivacyChoices
  const records = yield* ProfileRecords
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "profile",
      about: "what you say of yourself beside your names",
      columns: ["bio", "social_links", "is_private", "username_changed_at"],
      rows: oneRow((id) => Effect.orDie(profiles.byId(id)), profileRow)
    },
    {
      name: "images",
      about: "your avatar and your banner; “image” is the path at the API",
      columns: ["kind", "image", "sha256", "changed_at"],
      rows: (id) =>
        Stream.fromIterableEffect(
          Effect.map(Effect.orDie(profiles.byId(id)), Option.match({ onNone: () => [], onSome: imageRows }))
        )
    },
    {
      name: "former_usernames",
      about: "names you gave up that nobody else gets yet",
      columns: ["name", "held_until"],
      rows: (id) =>
        Stream.map(Stream.fromIterableEffect(records.heldUsernames(id)), ({ name, heldUntil }) => ({
          name,
          held_until: exportedTime(heldUntil)
        }))
    },
    {
      name: "settings",
      about: "the settings you chose; all others are the defaults",
      columns: ["setting", "value"],
      rows: (id) => Stream.fromIterableEffect(Effect.map(settings.chosen(id), settingRows))
    },
    {
      name: "privacy",
      about: "your opt-out, by request or by the signal of your browser",
      columns: ["source", "opted_out_at"],
      rows: oneRow(privacy.optOutOf, ({ source, at }) => ({ source, opted_out_at: exportedTime(at) }))
    },
    {
      name: "accepted_terms",
      about: "the documents you agreed to",
      columns: ["type", "version", "accepted_at", "ip", "user_agent"],
      rows: inPages(records.acceptances, acceptanceRow)
    }
  ]
  return sections
})

/** Files removed between two looks at the list. */
const batch = 200

/** A profile is gone at once, its images' files soon after; of acceptances the proof stays, without address and agent. */
export const profileEraser = Effect.gen(function* () {
  const erasure = yield* ProfileErasure
  const services = yield* Effect.context<ImageFiles | ImageNotes>()
  const eraser: Eraser = {
    atOnce: ({ userId }) => erasure.drop(userId),
    afterwards: Effect.fnUntraced(function* (userId) {
      let keys: ReadonlyArray<string>
      do {
        keys = yield* erasure.imageFiles(userId, batch)
        yield* Effect.provide(Effect.forEach(keys, discardImage, { discard: true }), services)
      } while (keys.length === batch)
    }),
    finally: (userId) => Effect.andThen(erasure.drop(userId), erasure.blankAcceptances(userId))
  }
  return eraser
})
