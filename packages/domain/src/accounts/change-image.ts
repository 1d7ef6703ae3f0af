import { DateTime, Effect, Option } from "effect"
import { type Actor, contextOf, Ids, Outbox, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { ImageNotFound, UnsupportedImage } from "./errors.ts"
import { userProfileUpdated } from "./events.ts"
import { sniffImageFormat } from "./image-format.ts"
import { ImageFiles, ImageProcessing, type ImageShape } from "./image-ports.ts"
import { Principals } from "./ports.ts"
import type { ImageKind, ProfileImage } from "./profile.ts"
import { ProfileImages } from "./profile-ports.ts"
import { readProfile } from "./read-profile.ts"

/** Bytes of an image as it is sent. */
export const maxImageBytes = 5 * 1024 * 1024
/** Pixels that are decoded; more would be a bomb. */
export const maxImagePixels = 40_000_000
export const imageShapes: Readonly<Record<ImageKind, ImageShape>> = {
  avatar: { width: 512, height: 512 },
  banner: { width: 1500, height: 500 }
}
/** Of every image that is stored. */
export const imageContentType = "image/webp"

/** What the keys of all images of somebody begin with. */
export const imageKeysOf = (user: UserId): string => `images/${user}/`

/** The key under which an image is stored; made anew each time, so that no file is ever both wanted and removed. */
export const imageKeyOf = (user: UserId, image: string): string => `${imageKeysOf(user)}${image}.webp`

const announce = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind) {
  yield* (yield* Principals).invalidate(actor.userId)
  yield* (yield* Outbox).append([
    userProfileUpdated(actor.userId, { fields: [kind], by_admin: false }, contextOf(actor))
  ])
})

const show = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind, image: ProfileImage) {
  const former = yield* (yield* ProfileImages).set(actor.userId, kind, image)
  yield* announce(actor, kind)
  return former
})

const hide = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind) {
  const former = yield* (yield* ProfileImages).clear(actor.userId, kind)
  if (Option.isSome(former)) yield* announce(actor, kind)
  return former
})

/** Removes the file of an image that no profile shows, then its note. Harmless to repeat. */
export const discardImage = Effect.fnUntraced(function* (storageKey: string) {
  yield* (yield* ImageFiles).remove(storageKey)
  yield* (yield* ProfileImages).forget(storageKey)
})

/** The profile shows the file no longer; whatever stops us here, the sweep finds it. */
const discardFormer = Option.match({ onNone: () => Effect.void, onSome: discardImage })

/**
 * Gives the caller a new avatar or banner. The image is judged by its content and drawn anew; its file is noted before
 * it is written and the one before removed once the new one stands.
 */
export const setImage = Effect.fn("accounts.setImage")(function* (actor: SignedIn, kind: ImageKind, sent: Uint8Array) {
  if (sniffImageFormat(sent) === undefined) return yield* new UnsupportedImage()
  const drawn = yield* (yield* ImageProcessing).draw(sent, imageShapes[kind])
  const now = yield* DateTime.now
  const storageKey = imageKeyOf(actor.userId, yield* (yield* Ids).entity)
  yield* (yield* ProfileImages).note(storageKey, now)
  yield* (yield* ImageFiles).write(storageKey, drawn.bytes)
  const image = { storageKey, contentHash: drawn.sha256, changedAt: now }
  yield* discardFormer(yield* (yield* Transaction).atomically(show(actor, kind, image)))
  return yield* readProfile(actor, actor.userId)
})

/** Takes the caller's avatar or banner away; doing so twice is no mistake. */
export const clearImage = Effect.fn("accounts.clearImage")(function* (actor: SignedIn, kind: ImageKind) {
  yield* discardFormer(yield* (yield* Transaction).atomically(hide(actor, kind)))
  return yield* readProfile(actor, actor.userId)
})

/** The bytes of a profile's image, for whoever sees more of the profile than its stub. */
export const readImage = Effect.fnUntraced(function* (actor: Actor, id: UserId, kind: ImageKind) {
  const { profile, sight } = yield* readProfile(actor, id)
  const image = profile[kind]
  if (sight === "stub" || image === null) return yield* new ImageNotFound()
  const bytes = yield* (yield* ImageFiles).read(image.storageKey)
  if (Option.isSome(bytes)) return { image, bytes: bytes.value, isPrivate: profile.isPrivate }
  yield* Effect.logError("the file of a profile image is missing", { storage_key: image.storageKey })
  return yield* new ImageNotFound()
})

/** Files that one run of the sweep removes at most. */
const batch = 500

/** Job: removes files that no profile has shown for an hour; answers how many. An upload never takes as long. */
export const sweepImages = Effect.fn("accounts.sweepImages")(function* () {
  const unused = yield* (yield* ProfileImages).unused(DateTime.subtract(yield* DateTime.now, { hours: 1 }), batch)
  yield* Effect.forEach(unused, discardImage, { discard: true })
  return unused.length
})
