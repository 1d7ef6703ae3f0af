import { Effect, Layer } from "effect"
import { SqlError } from "effect/sql"
import { Transaction } from "@veza/domain/kernel"
import { Database, DatabaseUnavailable, InTransaction } from "./client.ts"

/** Only the outermost transaction may be run again as a whole. */
const retries = 3

/** A deadlock or serialisation failure: the server undid everything, so the work may simply be done again. */
const mayRunAgain = (defect: unknown): boolean =>
  defect instanceof SqlError.SqlError &&
  (defect.reason._tag === "DeadlockError" || defect.reason._tag === "SerializationError")

const outermost = <A, E, R>(run: Effect.Effect<A, E, R>, left: number): Effect.Effect<A, E, R> =>
  Effect.catchDefect(run, (defect) => (left > 0 && mayRunAgain(defect) ? outermost(run, left - 1) : Effect.die(defect)))

/** A failure of BEGIN or COMMIT themselves: the work's own errors are never SQL errors. */
const commitFailed = (error: unknown): Effect.Effect<never> => Effect.die(new DatabaseUnavailable({ cause: error }))

export const transactionPostgres = Layer.effect(
  Transaction,
  Effect.map(Database, ({ sql }) =>
    Transaction.of({
      atomically: (work) => {
        const run = sql
          .withTransaction(Effect.provideService(work, InTransaction, true))
          .pipe(Effect.catchIf((error) => error instanceof SqlError.SqlError, commitFailed))
        return Effect.flatMap(InTransaction, (nested) => (nested ? run : outermost(run, retries)))
      }
    })
  )
)
