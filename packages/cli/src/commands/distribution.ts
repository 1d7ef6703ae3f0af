import { DateTime, Data, Effect, Option, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { type HistorySort, overallStatus, SubmissionId, Submissions } from "@veza/domain/distribution"
import type { ListPlan } from "@veza/domain/kernel"
import { print, wrapped } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

/** There is no such submission, or what was given is no id. */
export class NoSubmission extends Data.TaggedError("NoSubmission")<{ readonly message: string }> {}

/** Changes that are shown; the API has them all. */
const shown = 50
const latest: ListPlan<HistorySort> = {
  sort: "at",
  descending: true,
  limit: shown,
  start: { _tag: "After", key: undefined }
}
const isId = Schema.is(SubmissionId)
const because = (reason: string | null): string => (reason === null ? "" : `: ${reason}`)
const inner = "      "

interface Store {
  readonly platform: string
  readonly status: string
  readonly reason: string | null
  readonly message: string
  readonly waits: boolean
  readonly attempts: number
}

const linesOfStore = ({ platform, status: now, reason, message, waits, attempts }: Store): ReadonlyArray<string> => [
  `  ${platform.padEnd(12)} ${now}`,
  ...wrapped(reason ?? "", inner),
  ...(waits ? [`${inner}Message ${message} waits; tried ${attempts} times.`] : [])
]

interface Change {
  readonly at: string
  readonly platform: string
  readonly from: string | null
  readonly to: string
  readonly by: string
  readonly reason: string | null
}

const linesOfChange = ({ at, platform, from, to, by, reason }: Change): ReadonlyArray<string> => [
  `  ${at.slice(0, 19)}  ${platform.padEnd(11)}  ${from === to ? to : `${from ?? "(new)"} → ${to}`}`,
  ...wrapped(`by ${by}${because(reason)}`, inner)
]

const status = Effect.fnUntraced(function* ({ id }: { readonly id: string }) {
  const submissions = yield* Submissions
  const found = isId(id) ? Option.getOrUndefined(yield* submissions.byId(id)) : undefined
  if (found === undefined) return yield* new NoSubmission({ message: `There is no submission ${id}.` })
  const { items } = yield* submissions.history(found.id, latest)
  const overall = overallStatus(found.entries.map((entry) => entry.status))
  const stores = found.entries.map(({ platform, status: now, reason, reference, message, kind, sent, attempts }) => ({
    platform,
    status: now,
    reason,
    reference,
    message: `${message} (${kind})`,
    waits: sent < message,
    attempts
  }))
  const history = items.toReversed().map(({ at, platform, from, to, by, reason }) => ({
    at: DateTime.formatIso(at),
    platform,
    from,
    to,
    by,
    reason
  }))
  const { title, upc, releaseDate, releaseId, ownerId } = found
  yield* print(
    yield* root,
    {
      id,
      status: overall,
      title,
      upc,
      release_date: releaseDate,
      release_id: releaseId,
      owner_id: ownerId,
      stores,
      history
    },
    [
      ...wrapped(`${title} (UPC ${upc}, ${releaseDate}): ${overall}`, ""),
      ...stores.flatMap(linesOfStore),
      "Changes (UTC):",
      ...history.flatMap(linesOfChange)
    ]
  )
}, withDatabase)

export const distribution = Command.make("distribution").pipe(
  Command.withDescription("Look into what was sent to stores"),
  Command.withSubcommands([
    Command.make("status", { id: Argument.String("id") }, status).pipe(
      Command.withDescription("What became of a submission at each store, and its latest changes")
    )
  ])
)
