import { S3ServiceException } from "@aws-sdk/client-s3"
import { Duration, Effect, Metric, Option, Schedule } from "effect"
import { StorageUnavailable } from "@veza/domain/tracks"

const errors = Metric.counter("veza_storage_errors_total", {
  description: "Calls to the object store that failed, by operation",
  incremental: true
})

/** Seconds after which whoever met a store that is away may try again. */
const retryAfter = 10
/** The longest that a call without a file in it may last, the client's own attempts included. */
const callCap = Duration.seconds(30)

/** What went wrong, without addresses or keys: an error code of S3 or of the network. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown"
  return "code" in error && typeof error.code === "string" ? error.code : error.name
}

/** There is no such object; a missing bucket is another matter (S3, "Error responses"). HEAD has no body to tell. */
const isNoSuchKey = (error: unknown): boolean =>
  error instanceof S3ServiceException && (error.name === "NoSuchKey" || error.name === "NotFound")

/** A connection that broke, or a fault of the store's own. One that stood still for so long would do it again. */
const isWorthRepeating = (error: unknown): boolean =>
  error instanceof S3ServiceException
    ? (error.$metadata.httpStatusCode ?? 500) >= 500
    : error instanceof Error && error.name !== "TimeoutError"

/** Counts and logs a call that failed; callers learn only that the store does not serve them. */
const unavailable = (operation: string, error: unknown) =>
  Effect.andThen(
    Effect.andThen(
      Metric.update(Metric.withAttributes(errors, { operation }), 1),
      Effect.logError("the object store failed", { operation, reason: reasonOf(error) })
    ),
    Effect.fail(new StorageUnavailable({ retryAfter }))
  )

type Call<A> = (signal: AbortSignal) => Promise<A>

/** A call whose object may be missing: nothing then. */
const orNothing = <A>(call: Call<A>): Effect.Effect<Option.Option<A>, unknown> =>
  Effect.catchIf(
    Effect.map(Effect.tryPromise({ try: call, catch: (error) => error }), Option.some),
    isNoSuchKey,
    () => Effect.succeedNone
  )

/** A short call about an object that may be missing. */
export const ask = <A>(operation: string, call: Call<A>): Effect.Effect<Option.Option<A>, StorageUnavailable> =>
  orNothing(call).pipe(
    Effect.timeout(callCap),
    Effect.catch((error) => unavailable(operation, error))
  )

/** Twice more, in half a second and in one: what streams, the client cannot send again by itself. */
const again = Schedule.exponential("500 millis").pipe(Schedule.jittered)

/** A call with a file in it; it begins anew when the connection breaks, and is bounded by its caller. */
export const transfer = <A>(operation: string, call: Call<A>): Effect.Effect<Option.Option<A>, StorageUnavailable> =>
  orNothing(call).pipe(
    Effect.retry({ times: 2, schedule: again, while: isWorthRepeating }),
    Effect.catch((error) => unavailable(operation, error))
  )

/** What must be there is not: the store contradicts itself. */
export const expected = <A>(operation: string, found: Option.Option<A>): Effect.Effect<A, StorageUnavailable> =>
  Option.match(found, { onNone: () => unavailable(operation, new Error("no such object")), onSome: Effect.succeed })
