import { Context, Effect, Layer } from "effect"
import { type Recording, RecordingShares } from "@veza/domain/royalties"

/** What the in-memory `RecordingShares` know: whoever plays distribution's part puts it there. */
export class KnownRecordings extends Context.Service<
  KnownRecordings,
  { readonly put: (recording: Recording) => Effect.Effect<void> }
>()("@veza/adapters/memory/KnownRecordings") {}

export const recordingSharesMemory = Layer.effectContext(
  Effect.sync(() => {
    const known = new Map<string, Recording>()
    const recordings = RecordingShares.of({
      byIsrc: (codes) =>
        Effect.sync(() =>
          [...new Set(codes)].toSorted().flatMap((code) => {
            const found = known.get(code)
            return found === undefined ? [] : [found]
          })
        )
    })
    return Context.make(RecordingShares, recordings).pipe(
      Context.add(KnownRecordings, {
        put: (recording) =>
          Effect.sync(() => {
            known.set(recording.isrc, recording)
          })
      })
    )
  })
)
