import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type AuditFaultKind, verifyAuditTrail } from "@veza/domain/platform"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { drawProgress } from "../seed/progress.ts"
import { withDatabase } from "../with-settings.ts"

const from = Flag.Int("from").pipe(
  Flag.withDescription("Begin at this entry, believing the one before it; the first unless told"),
  Flag.optional
)

const reasons: Readonly<Record<AuditFaultKind, string>> = {
  missing: "it is not there",
  untied: "it does not go on from the entry before it",
  changed: "it is not what was entered",
  cut: "the chain does not end here as it was left"
}

const verify = Effect.fnUntraced(function* (flags: { readonly from: Option.Option<number> }) {
  const begin = Math.max(
    1,
    Option.getOrElse(flags.from, () => 1)
  )
  const { checked, head, fault } = yield* verifyAuditTrail(begin, (done, total) =>
    drawProgress(done, total, "entries of the audit trail")
  )
  if (fault !== undefined) process.exitCode = 1
  yield* print(
    yield* root,
    { ok: fault === undefined, from: begin, checked, head, broken: fault ?? null },
    fault === undefined
      ? [`The audit trail is whole: ${checked} entries.`, ...columns([[`entry ${head.sequence}`, head.hash]])]
      : [
          `The audit trail is broken at entry ${fault.sequence}${fault.id === null ? "" : ` (${fault.id})`}: ${reasons[fault.kind]}.`,
          `${checked} entries before it are whole.`
        ]
  )
}, withDatabase)

export const audit = Command.make("audit").pipe(
  Command.withDescription("Look after the audit trail"),
  Command.withSubcommands([
    Command.make("verify", { from }, verify).pipe(
      Command.withDescription(
        "Check every entry against the chain of hashes; exit code 1 names the first that is broken"
      )
    )
  ])
)
