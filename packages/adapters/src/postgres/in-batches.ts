import { Effect } from "effect"

/** Rows that one statement of a clean-up touches: few enough for its time limit, whatever has piled up. */
export const batchSize = 5000

/** Repeats a clean-up of at most `batchSize` rows until there is nothing left; answers how many rows it was in all. */
export const inBatches = <E, R>(cleanUp: Effect.Effect<number, E, R>): Effect.Effect<number, E, R> =>
  Effect.flatMap(cleanUp, (count) =>
    count < batchSize ? Effect.succeed(count) : Effect.map(inBatches(cleanUp), (more) => count + more)
  )
