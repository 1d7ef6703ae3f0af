import { Schema } from "effect"
import { machine } from "../kernel/index.ts"

export const PlatformStatus = Schema.Literals([
  "pending",
  "submitted",
  "processing",
  "live",
  "rejected",
  "failed",
  "takedown_requested",
  "taken_down",
  "withdrawn"
])
export type PlatformStatus = typeof PlatformStatus.Type

/**
 * The life of a release at one store (40-distribution). Stores may skip steps, and their word may overtake our own record
 * of having sent. `rejected → pending` and `failed → pending`: corrected and sent again; what failed may have reached the
 * store all the same, so it ends by a takedown. A store that sells something is believed whatever it said before: what is
 * sold must be known to be, to be taken down. `→ taken_down`: by the store, whose word that it sells may come after that.
 */
export const platformMachine = machine<PlatformStatus>({
  pending: ["submitted", "processing", "live", "rejected", "failed", "takedown_requested", "withdrawn"],
  submitted: ["processing", "live", "rejected", "failed", "takedown_requested", "taken_down"],
  processing: ["live", "rejected", "failed", "takedown_requested", "taken_down"],
  live: ["takedown_requested", "taken_down"],
  rejected: ["pending", "live", "withdrawn"],
  failed: ["pending", "live", "rejected", "takedown_requested"],
  takedown_requested: ["taken_down"],
  taken_down: [],
  withdrawn: []
})

/** While a release is in one of these at a store, no other submission of it goes there. */
export const openStatuses: ReadonlyArray<PlatformStatus> = PlatformStatus.literals.filter(
  (status) => !platformMachine.isFinal(status)
)

export const OverallStatus = Schema.Literals([...PlatformStatus.literals, "partially_live"])
export type OverallStatus = typeof OverallStatus.Type

/** What somebody must attend to comes first; among what only takes time, what is furthest behind. */
const precedence: ReadonlyArray<PlatformStatus> = [
  "rejected",
  "failed",
  "takedown_requested",
  "pending",
  "submitted",
  "processing",
  "live"
]

/**
 * What a submission is as a whole: what all its stores are; of several, those that are over count for nothing, and it is
 * `partially_live` where some sell it and others do not yet.
 */
export const overallStatus = (statuses: ReadonlyArray<PlatformStatus>): OverallStatus => {
  const open = statuses.filter((status) => !platformMachine.isFinal(status))
  if (open.length === 0) return statuses.includes("taken_down") ? "taken_down" : "withdrawn"
  if (open.includes("live")) return open.every((status) => status === "live") ? "live" : "partially_live"
  return precedence.find((status) => open.includes(status)) ?? "pending"
}
