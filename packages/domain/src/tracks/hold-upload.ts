import { Effect, Option } from "effect"
import { Ids } from "../kernel/index.ts"
import { UploadLocked } from "./resumable-errors.ts"
import { type HeldUpload, ResumableUploads, uploadHold } from "./resumable-ports.ts"
import type { UploadId } from "./track.ts"

const holdAgainEvery = "1500 millis"

const locked = () => new UploadLocked({ retryAfter: uploadHold.seconds })

const take = Effect.fnUntraced(function* (id: UploadId) {
  const holder = yield* (yield* Ids).entity
  const held = yield* (yield* ResumableUploads).hold(id, holder)
  if (Option.isNone(held)) return yield* locked()
  return { ...held.value, holder }
})

/** Ends, with a failure, when the upload is no longer this holder's. */
const keepHold = Effect.fnUntraced(function* (id: UploadId, holder: string) {
  const uploads = yield* ResumableUploads
  do yield* Effect.sleep(holdAgainEvery)
  while (yield* uploads.keep(id, holder, undefined))
  return yield* locked()
})

export type Held = HeldUpload & { readonly holder: string }

/**
 * Works on an upload while nobody else can, in this process or any other. Whoever is killed is waited for as long as the
 * hold lasts; whoever loses it is interrupted.
 */
export const holdingUpload = <A, E, R>(id: UploadId, work: (held: Held) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    take(id),
    (held) => Effect.raceFirst(work(held), keepHold(id, held.holder)),
    ({ holder }) => ResumableUploads.use((uploads) => uploads.release(id, holder))
  )
