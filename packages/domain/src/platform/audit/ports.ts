import { Context, type DateTime, type Effect } from "effect"
import type { ListPlan, Page, UserId } from "../../kernel/index.ts"
import type { AuditHead } from "./chain.ts"
import type { AuditEntry } from "./entry.ts"

/** What a list of entries is narrowed to; `from` is included, `to` is not. */
export interface AuditFilter {
  readonly actor?: UserId | undefined
  readonly action?: string | undefined
  readonly resource?: string | undefined
  readonly resourceId?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
}

export type AuditSort = "at"

/** The append-only chain of entries (90-platform, "Audit"). Nothing in it changes or goes. */
export class AuditTrail extends Context.Service<
  AuditTrail,
  {
    readonly head: Effect.Effect<AuditHead>
    /** The end of the chain, held for the current transaction: whoever else wants to extend it waits. */
    readonly lockHead: Effect.Effect<AuditHead>
    /** Adds an entry and moves the end; false, with nothing written, when the chain does not end where it is tied to. */
    readonly append: (entry: AuditEntry) => Effect.Effect<boolean>
    /** At most `limit` entries from `sequence` on, in order. */
    readonly entriesFrom: (sequence: number, limit: number) => Effect.Effect<ReadonlyArray<AuditEntry>>
    readonly list: (filter: AuditFilter, plan: ListPlan<AuditSort>) => Effect.Effect<Page<AuditEntry>>
    /** How many entries each action has from `from` to before `to`, the most frequent first. */
    readonly countByAction: (
      from: DateTime.Utc,
      to: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<{ readonly action: string; readonly count: number }>>
  }
>()("@veza/domain/platform/AuditTrail") {}

/** SHA-256 of the UTF-8 bytes of a text, in lower-case hex (FIPS 180-4). */
export class Sha256 extends Context.Service<Sha256, (text: string) => string>()("@veza/domain/platform/Sha256") {}
