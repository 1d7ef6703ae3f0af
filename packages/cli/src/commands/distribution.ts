import { DateTime, Data, Effect, Layer, Option, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { databasePorts } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { type HistorySort, overallStatus, SubmissionId, Submissions } from "@veza/domain/distribution"
import type { ListPlan } from "@veza/domain/kernel"
import { print } from "../output.ts"
import { root } from "../root.ts"

/** There is no such submission, or what was given is no id. */
export class NoSubmission extends Data.TaggedError("NoSubmission")<{ readonly message: string }> {}

const services = Layer.unwrap(Effect.map(AppSettings, (settings) => databasePorts(settings, "veza-cli"))).pipe(
  Layer.provideMerge(settingsLayer)
)

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
      `${title} (UPC ${upc}, ${releaseDate}): ${overall}`,
      ...stores.map(
        (store) =>
          `  ${store.platform.padEnd(12)} ${store.status}${because(store.reason)}${
            store.waits ? ` — message ${store.message} waits, tried ${store.attempts} times` : ""
          }`
      ),
      ...history.map(
        ({ at, platform, from, to, by, reason }) =>
          `  ${at}  ${platform.padEnd(12)} ${from ?? "(new)"} → ${to} by ${by}${because(reason)}`
      )
    ]
  )
}, Effect.provide(services))

export const distribution = Command.make("distribution").pipe(
  Command.withDescription("Look into what was sent to stores"),
  Command.withSubcommands([
    Command.make("status", { id: Argument.String("id") }, status).pipe(
      Command.withDescription("What became of a submission at each store, and its latest changes")
    )
  ])
)
