import { Effect, Option } from "effect"
import { type Actor, contextOf, Outbox, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { ImageNotFound } from "./errors.ts"
import { userProfileUpdated } from "./events.ts"
import type { ImageShape, StoredImage } from "./image-ports.ts"
import { Principals } from "./ports.ts"
import type { ImageKind } from "./profile.ts"
import { ProfileImages } from "./profile-ports.ts"
import { readProfile } from "./read-profile.ts"
import { bytesOfImage, discardFormer, storeImage } from "./stored-images.ts"

/** Bytes of an image as it is sent. */
export const maxImageBytes = 5 * 1024 * 1024
export const imageShapes: Readonly<Record<ImageKind, ImageShape>> = {
  avatar: { width: 512, height: 512 },
  banner: { width: 1500, height: 500 }
}

const announce = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind) {
  yield* (yield* Principals).invalidate(actor.userId)
  yield* (yield* Outbox).append([
    userProfileUpdated(actor.userId, { fields: [kind], by_admin: false }, contextOf(actor))
  ])
})

const show = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind, image: StoredImage) {
  const former = yield* (yield* ProfileImages).set(actor.userId, kind, image)
  yield* announce(actor, kind)
  return former
})

const hide = Effect.fnUntraced(function* (actor: SignedIn, kind: ImageKind) {
  const former = yield* (yield* ProfileImages).clear(actor.userId, kind)
  if (Option.isSome(former)) yield* announce(actor, kind)
  return former
})

/** Gives the caller a new avatar or banner; the file of the one before is removed once the new one stands. */
export const setImage = Effect.fn("accounts.setImage")(function* (actor: SignedIn, kind: ImageKind, sent: Uint8Array) {
  const image = yield* storeImage(actor.userId, sent, imageShapes[kind])
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
  const bytes = yield* bytesOfImage(image)
  if (Option.isNone(bytes)) return yield* new ImageNotFound()
  return { image, bytes: bytes.value, isPrivate: profile.isPrivate }
})
