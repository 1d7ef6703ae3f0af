import { Effect } from "effect"
import { type AuditFault, type AuditHead, follow, genesis } from "./chain.ts"
import { AuditTrail, Sha256 } from "./ports.ts"

const batch = 1000

export interface AuditVerdict {
  /** How many entries were found to be whole. */
  readonly checked: number
  /** The last whole entry: kept elsewhere, it is what a later check can be held against. */
  readonly head: AuditHead
  readonly fault: AuditFault | undefined
}

/** What the entry at `from` is tied to; the entry before it is believed. */
const anchorOf = Effect.fnUntraced(function* (from: number) {
  if (from <= 1) return genesis
  const [before] = yield* (yield* AuditTrail).entriesFrom(from - 1, 1)
  return before?.sequence === from - 1 ? { sequence: before.sequence, hash: before.hash } : undefined
})

/** No entry is left: does the chain end here? Undefined when it has grown meanwhile. */
const judgeEnd = (reached: AuditHead, end: AuditHead): AuditFault | "ends" | undefined => {
  if (end.sequence > reached.sequence) return undefined
  const whole = end.sequence === reached.sequence && end.hash === reached.hash
  return whole ? "ends" : { sequence: reached.sequence, id: null, kind: "cut" }
}

/**
 * Walks the chain from entry `from` to its end, a batch at a time, and stops at the first entry that is missing, changed
 * or tied to another than the one before it. `progress` hears how many entries are done of how many.
 */
export const verifyAuditTrail = Effect.fn("platform.verifyAuditTrail")(function* (
  from: number,
  progress: (done: number, total: number) => void
) {
  const trail = yield* AuditTrail
  const sha256 = yield* Sha256
  const anchor = yield* anchorOf(from)
  if (anchor === undefined) {
    const fault: AuditFault = { sequence: from - 1, id: null, kind: "missing" }
    return { checked: 0, head: genesis, fault } satisfies AuditVerdict
  }
  let head = anchor
  let end = yield* trail.head
  const verdict = (fault: AuditFault | undefined): AuditVerdict => ({
    checked: head.sequence - anchor.sequence,
    head,
    fault
  })
  while (true) {
    const entries = yield* trail.entriesFrom(head.sequence + 1, batch)
    const followed = follow(head, entries, sha256)
    head = followed.head
    if (followed.fault !== undefined) return verdict(followed.fault)
    progress(head.sequence - anchor.sequence, Math.max(end.sequence, head.sequence) - anchor.sequence)
    if (entries.length > 0) continue
    // An end that was known before these entries were asked for, and is not among them, is gone.
    if (end.sequence > head.sequence) return verdict({ sequence: head.sequence + 1, id: null, kind: "missing" })
    end = yield* trail.head
    const judged = judgeEnd(head, end)
    if (judged !== undefined) return verdict(judged === "ends" ? undefined : judged)
  }
})
