import { DateTime, Effect, HashMap, Layer } from "effect"
import { type Key, type ListPlan, maxPageDepth, type Page } from "@veza/domain/kernel"
import {
  type AuditEntry,
  type AuditFilter,
  type AuditHead,
  type AuditSort,
  AuditTrail,
  genesis
} from "@veza/domain/platform"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

const headOf = (tables: Tables): AuditHead => {
  const last = get(tables, "auditEntries", String(HashMap.size(tables.auditEntries)))
  return last === undefined ? genesis : { sequence: last.sequence, hash: last.hash }
}

const matches = (entry: AuditEntry, filter: AuditFilter): boolean =>
  (filter.actor === undefined || entry.actor === filter.actor) &&
  (filter.action === undefined || entry.action === filter.action) &&
  (filter.resource === undefined || entry.resource === filter.resource) &&
  (filter.resourceId === undefined || entry.resourceId === filter.resourceId) &&
  (filter.from === undefined || DateTime.isGreaterThanOrEqualTo(entry.at, filter.from)) &&
  (filter.to === undefined || DateTime.isLessThan(entry.at, filter.to))

const keyOf = (entry: AuditEntry) => ({ value: DateTime.formatIso(entry.at), id: entry.id })
const compare = <A>(a: A, b: A): number => (a === b ? 0 : a < b ? -1 : 1)
const order = (a: Key, b: Key): number => compare(a.value, b.value) || compare(a.id, b.id)

const page = (entries: ReadonlyArray<AuditEntry>, plan: ListPlan<AuditSort>): Page<AuditEntry> => {
  const direction = plan.descending ? -1 : 1
  const sorted = entries.toSorted((a, b) => direction * order(keyOf(a), keyOf(b)))
  const { start } = plan
  const rest =
    start._tag === "Offset"
      ? sorted.slice(start.skip)
      : sorted.filter((entry) => start.key === undefined || direction * order(keyOf(entry), start.key) > 0)
  const items = rest.slice(0, plan.limit)
  const last = items.at(-1)
  const total = Math.min(entries.length, maxPageDepth)
  return {
    items,
    limit: plan.limit,
    next: rest.length > plan.limit && last !== undefined ? keyOf(last) : undefined,
    counted:
      start._tag === "Offset" ? { page: start.page, total, isLowerBound: entries.length > maxPageDepth } : undefined
  }
}

/** Transactions of the memory store are serial, so reading the head inside one already keeps everybody else out. */
export const auditTrailMemory = Layer.effect(
  AuditTrail,
  Effect.map(Store, (store) =>
    AuditTrail.of({
      head: store.read(headOf),
      lockHead: store.read(headOf),
      append: (entry) =>
        store.change((tables): readonly [boolean, Tables] => {
          const head = headOf(tables)
          if (entry.sequence !== head.sequence + 1 || entry.previous !== head.hash) return [false, tables]
          return [true, put(tables, "auditEntries", String(entry.sequence), entry)]
        }),
      entriesFrom: (sequence, limit) =>
        store.read((tables) =>
          all(tables, "auditEntries")
            .filter((entry) => entry.sequence >= sequence)
            .toSorted((a, b) => a.sequence - b.sequence)
            .slice(0, limit)
        ),
      list: (filter, plan) =>
        store.read((tables) =>
          page(
            all(tables, "auditEntries").filter((entry) => matches(entry, filter)),
            plan
          )
        ),
      countByAction: (from, to) =>
        store.read((tables) => {
          const counts = new Map<string, number>()
          for (const entry of all(tables, "auditEntries")) {
            if (matches(entry, { from, to })) counts.set(entry.action, (counts.get(entry.action) ?? 0) + 1)
          }
          return [...counts]
            .map(([action, count]) => ({ action, count }))
            .toSorted((a, b) => b.count - a.count || (a.action < b.action ? -1 : 1))
        })
    })
  )
)
