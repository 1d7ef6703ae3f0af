import { Context, DateTime, Effect, Layer } from "effect"
import { type AccessEntry, AccessLog } from "@veza/domain/platform"

/** The calls that the in-memory log holds. */
export class LoggedCalls extends Context.Service<
  LoggedCalls,
  { readonly all: Effect.Effect<ReadonlyArray<AccessEntry>> }
>()("@veza/adapters/memory/LoggedCalls") {}

const dayOf = (moment: DateTime.Utc): string => DateTime.formatIso(moment).slice(0, 10)

/** Where a call stands in the order of time. */
const placeOf = ({ at, id }: AccessEntry): string => `${DateTime.formatIso(at)} ${id}`

export const accessLogMemory = Layer.effectContext(
  Effect.sync(() => {
    const calls = new Map<string, AccessEntry>()
    const days = new Set<string>()
    const log = AccessLog.of({
      write: (entries) =>
        Effect.sync(() => {
          for (const entry of entries) if (!calls.has(entry.id)) calls.set(entry.id, entry)
        }),
      of: (user, after, limit) =>
        Effect.sync(() =>
          [...calls.values()]
            .filter((call) => call.userId === user && (after === undefined || placeOf(call) > placeOf(after)))
            .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
            .slice(0, limit)
        ),
      forgetOf: (user) =>
        Effect.sync(() => {
          const theirs = [...calls.values()].filter(({ userId }) => userId === user)
          for (const { id } of theirs) calls.delete(id)
          return theirs.length
        }),
      prepareDays: (first, count) =>
        Effect.sync(() => {
          const wanted = Array.from({ length: count }, (_, n) => dayOf(DateTime.add(first, { days: n })))
          const made = wanted.filter((day) => !days.has(day))
          for (const day of made) days.add(day)
          return made.length
        }),
      dropDays: (before) =>
        Effect.sync(() => {
          const first = dayOf(before)
          const over = [...days].filter((day) => day < first)
          for (const day of over) days.delete(day)
          for (const [id, { at }] of calls) if (dayOf(at) < first) calls.delete(id)
          return over.length
        })
    })
    return Context.make(AccessLog, log).pipe(Context.add(LoggedCalls, { all: Effect.sync(() => [...calls.values()]) }))
  })
)
