import { DateTime, Effect, Option } from "effect"
import { bytesOfImage, discardFormer, ImageFiles, imageKeysOf, ImageNotes, ImageProcessing } from "../accounts/index.ts"
import { contextOf, Ids, Outbox, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { ContentHashing } from "../tracks/index.ts"
import { coverFactsOf } from "./cover-facts.ts"
import { CoverMissing, CoverNotAccepted } from "./errors.ts"
import { releaseUpdated } from "./events.ts"
import { Releases } from "./ports.ts"
import type { Release, ReleaseCover, ReleaseId } from "./release.ts"
import { ownRelease, readRelease, visibleRelease } from "./releases.ts"

/** Drawn only to see that the picture can be decoded whole. */
const trial = { width: 64, height: 64 } as const

/** Keeps the picture as it was sent, where it is one; noted before it is written, as all images are. */
const storeOriginal = Effect.fnUntraced(function* (owner: UserId, sent: Uint8Array) {
  const facts = coverFactsOf(sent)
  if (facts === undefined || facts.isPrintColour) return yield* new CoverNotAccepted()
  yield* (yield* ImageProcessing).draw(sent, trial)
  const hash = yield* (yield* ContentHashing).begin
  hash.update(sent)
  const changedAt = yield* DateTime.now
  const storageKey = `${imageKeysOf(owner)}${yield* (yield* Ids).entity}.${facts.format}`
  yield* (yield* ImageNotes).note(storageKey, changedAt)
  yield* (yield* ImageFiles).write(storageKey, sent)
  return {
    storageKey,
    contentHash: hash.digest(),
    format: facts.format,
    width: facts.width,
    height: facts.height,
    sizeBytes: sent.length,
    changedAt
  } satisfies ReleaseCover
})

const show = Effect.fnUntraced(function* (actor: SignedIn, release: Release, cover: ReleaseCover) {
  const { former } = yield* (yield* Releases).setCover(release.id, cover, cover.changedAt)
  yield* (yield* Outbox).append([releaseUpdated(release, contextOf(actor), { changed: "cover" })])
  return former
})

/** Gives a release its picture; `send` is run only for its owner. What is too small is kept, and told as a fault. */
export const setReleaseCover = Effect.fn("distribution.setReleaseCover")(function* <E, R>(
  actor: SignedIn,
  id: ReleaseId,
  send: Effect.Effect<Uint8Array, E, R>
) {
  const release = yield* ownRelease(actor, id)
  const cover = yield* storeOriginal(release.ownerId, yield* send)
  yield* discardFormer(yield* (yield* Transaction).atomically(show(actor, release, cover)))
  return yield* readRelease(actor, id)
})

/** The bytes of a release's picture, for whoever may see the release. */
export const readReleaseCover = Effect.fn("distribution.readReleaseCover")(function* (actor: SignedIn, id: ReleaseId) {
  const { cover } = yield* visibleRelease(actor, id)
  if (cover === null) return yield* new CoverMissing()
  const bytes = yield* bytesOfImage(cover)
  if (Option.isNone(bytes)) return yield* new CoverMissing()
  return { cover, bytes: bytes.value }
})
