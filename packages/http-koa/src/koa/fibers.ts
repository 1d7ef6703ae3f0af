import { Effect, Exit, type Fiber, FiberSet, type Scope } from "effect"
import type { KoaContext } from "./exchange.ts"

export type Outcome<A, E> = { readonly exit: Exit.Exit<A, E>; readonly timedOut: boolean }

/** Runs one effect for one request, at once where it is done already; interrupted when the client leaves or the deadline passes. */
export type RunRequest<R> = <A, E>(
  effect: Effect.Effect<A, E, R>,
  ctx: KoaContext,
  deadline: number
) => Outcome<A, E> | Promise<Outcome<A, E>>

/** An effect that is an exit already carries its own types. */
const isDone = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Effect.Effect<A, E, R> & Exit.Exit<A, E> =>
  Exit.isExit(effect)

const untilDone = <A, E>(fiber: Fiber.Fiber<A, E>, ctx: KoaContext, deadline: number): Promise<Outcome<A, E>> =>
  new Promise((resolve) => {
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      fiber.interruptUnsafe()
    }, deadline)
    const onClose = () => {
      if (!ctx.res.writableFinished) fiber.interruptUnsafe()
    }
    ctx.res.once("close", onClose)
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      ctx.res.off("close", onClose)
      resolve({ exit, timedOut })
    })
  })

/** The fibers of the requests under way: what a shutdown waits for, and in the end interrupts. */
export interface RequestFibers<R> {
  readonly run: RunRequest<R>
  readonly inFlight: Effect.Effect<number>
}

/** Makes the runner over the services of the moment; its fibers end with the scope. */
export const requestFibers = Effect.fnUntraced(function* <R>(): Effect.fn.Return<
  RequestFibers<R>,
  never,
  R | Scope.Scope
> {
  const fibers = yield* FiberSet.make<unknown, unknown>()
  const fork = Effect.runForkWith(yield* Effect.context<R>())
  return {
    inFlight: FiberSet.size(fibers),
    run: (effect, ctx, deadline) => {
      if (isDone(effect)) return { exit: effect, timedOut: false }
      const fiber = fork(effect)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return { exit, timedOut: false }
      FiberSet.addUnsafe(fibers, fiber)
      return untilDone(fiber, ctx, deadline)
    }
  }
})
