import { Context, Duration, Effect, Layer } from "effect"
import type { ApiKeyId } from "../kernel/index.ts"
import { ApiKeys } from "./api-key-ports.ts"

/** How long a use may wait before it is written with the others. */
export const usesWrittenEvery = Duration.seconds(5)
/** Keys whose uses wait at most; those of more are not remembered. */
const capacity = 10_000

const makeKeyUsage = Effect.gen(function* () {
  const keys = yield* ApiKeys
  let waiting = new Map<ApiKeyId, number>()
  const note = (id: ApiKeyId, at: number): void => {
    if (waiting.size < capacity || waiting.has(id)) waiting.set(id, at)
  }
  /** What could not be written waits on, behind what was used since. */
  const giveBack = (uses: ReadonlyMap<ApiKeyId, number>) => {
    for (const [id, at] of uses) if (!waiting.has(id)) note(id, at)
  }
  const write = Effect.suspend(() => {
    if (waiting.size === 0) return Effect.void
    const uses = waiting
    waiting = new Map()
    return Effect.catchCause(keys.markUsed(uses), (cause) => {
      giveBack(uses)
      return Effect.logWarning("the uses of API keys could not be written yet", cause)
    })
  })
  yield* Effect.addFinalizer(() => write)
  yield* Effect.forkScoped(
    Effect.forever(Effect.andThen(Effect.sleep(usesWrittenEvery), Effect.uninterruptible(write)))
  )
  return KeyUsage.of({ note })
})

/**
 * When keys were used, gathered in memory and written every few seconds and at the end: a request costs no statement.
 */
export class KeyUsage extends Context.Service<
  KeyUsage,
  {
    /** Remembers that a key was used, at milliseconds since the epoch. */
    readonly note: (id: ApiKeyId, at: number) => void
  }
>()("@veza/domain/accounts/KeyUsage") {
  static readonly layer = Layer.effect(KeyUsage, makeKeyUsage)
}
