import { Schema } from "effect"
import { textUpTo } from "../kernel/index.ts"
import { platformMachine, type PlatformStatus } from "./status.ts"
import { DeliveryId, type Entry } from "./submission.ts"

/** What a store says of a message it has. */
export const StoreState = Schema.Literals([
  "accepted",
  "processing",
  "manual_check",
  "live",
  "rejected",
  "failed",
  "taken_down"
])
export type StoreState = typeof StoreState.Type

/** What a store says without being asked. */
export const StoreReport = Schema.Struct({
  /** The event's own: a report that comes twice has the same. */
  id: textUpTo(200).check(Schema.isMinLength(1)),
  delivery_id: DeliveryId,
  state: StoreState,
  /** Of whatever length: a report is worth more than the words of it. */
  reason: Schema.optionalKey(Schema.String),
  reference: Schema.optionalKey(textUpTo(200))
})
export type StoreReport = typeof StoreReport.Type

/** As much of a store's reason as is kept, as text that can be. */
export const keptReason = (reason: string | undefined): string | undefined =>
  reason?.replaceAll("\0", "").slice(0, 2000).toWellFormed()

/** What becomes of an entry through a report. */
export type Verdict =
  | { readonly _tag: "Move"; readonly to: PlatformStatus; readonly reason: string | null }
  /** Something worth telling the owner, and no change. */
  | { readonly _tag: "Note"; readonly reason: string }
  /** A takedown that the store did not do, which is asked for again. */
  | { readonly _tag: "Again"; readonly reason: string }
  | { readonly _tag: "Ignore" }

const ignore: Verdict = { _tag: "Ignore" }
const note = (reason: string): Verdict => ({ _tag: "Note", reason })

const leadsTo: Readonly<Record<StoreState, PlatformStatus>> = {
  accepted: "submitted",
  processing: "processing",
  manual_check: "processing",
  live: "live",
  rejected: "rejected",
  failed: "failed",
  taken_down: "taken_down"
}

const checked = "The store checks it by hand"

type Judged = Pick<Entry, "status" | "message" | "kind" | "reason">
export interface Said {
  /** The number of the message that the store speaks of. */
  readonly message: number
  readonly state: StoreState
  readonly reason?: string | undefined
}

/** Of what a store says about a change to a release that it sells, or about taking one down, only a refusal matters. */
const refusal = ({ kind, reason: known }: Judged, { state, reason }: Said): Verdict => {
  if (state !== "rejected" && state !== "failed") return ignore
  const what = kind === "update" ? "The store did not take the change" : "The store did not take it down"
  const said = reason === undefined ? what : `${what}: ${reason}`
  if (kind === "takedown") return { _tag: "Again", reason: said }
  return said === known ? ignore : note(said)
}

/**
 * What a store's word does to an entry. Words about messages that were followed by another come late and do nothing; so
 * do words that were heard before, whatever their order. That a store no longer sells something is true whenever it is
 * said, unless something was sent anew since; and that it sells something, unless it was asked to do so no longer: what
 * failed may have reached it all the same.
 */
export const judgeReport = (entry: Judged, said: Said): Verdict => {
  if (said.message > entry.message) return ignore
  const to = leadsTo[said.state]
  const isLate = said.message < entry.message
  const isNew = entry.kind === "new"
  if (said.state === "taken_down" && !(isLate && isNew)) {
    return platformMachine.allows(entry.status, to) ? { _tag: "Move", to, reason: said.reason ?? null } : ignore
  }
  if (isLate && !(isNew && said.state === "live")) return ignore
  if (!isNew) return refusal(entry, said)
  const reason = said.reason ?? (said.state === "manual_check" ? checked : null)
  if (platformMachine.allows(entry.status, to)) return { _tag: "Move", to, reason }
  return said.state === "manual_check" && entry.status === to && reason !== null && reason !== entry.reason
    ? note(reason)
    : ignore
}
