import { DateTime, Effect, Stream } from "effect"
import { RenditionBuilds, RenditionFiles, type RenditionSet } from "./ports.ts"

/** Sets looked up at a time. */
const batch = 200

const sweep = Effect.fnUntraced(function* (sets: ReadonlyArray<RenditionSet>) {
  const used = yield* (yield* RenditionBuilds).inUse(sets, yield* DateTime.now)
  const left = sets.filter(({ build }) => !used.has(build))
  yield* Effect.forEach(left, (yield* RenditionFiles).remove, { discard: true })
  return left.length
})

/**
 * Job: removes the renditions that nobody can ask for: what killed workers began, what belongs to tracks that are gone
 * or were rejected. Answers how many sets went.
 */
export const sweepRenditions = Effect.fn("tracks.sweepRenditions")(function* () {
  const { sets } = yield* RenditionFiles
  return yield* Stream.runFoldEffect(
    Stream.grouped(sets, batch),
    () => 0,
    (count, some) => Effect.map(sweep(some), (went) => count + went)
  )
})
