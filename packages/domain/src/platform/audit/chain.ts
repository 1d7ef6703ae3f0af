import { DateTime } from "effect"
import type { AuditContent, AuditEntry } from "./entry.ts"

/** The end of the chain: what the next entry is tied to. */
export interface AuditHead {
  readonly sequence: number
  readonly hash: string
}

/** What the first entry is tied to. */
export const genesis: AuditHead = { sequence: 0, hash: "0".repeat(64) }

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/**
 * The bytes that are hashed: one JSON array with every field at its own place and the metadata in the order of its keys,
 * so that two different entries never read alike. The leading number is the version of this encoding.
 */
export const encodeEntry = (content: AuditContent, { sequence, hash }: AuditHead): string =>
  JSON.stringify([
    1,
    hash,
    sequence + 1,
    content.id,
    DateTime.formatIso(content.at),
    content.actor,
    content.action,
    content.resource,
    content.resourceId,
    content.ip,
    content.userAgent,
    content.requestId,
    Object.entries(content.metadata).toSorted(byKey)
  ])

/** Ties an entry to the end of the chain. */
export const tie = (content: AuditContent, head: AuditHead, sha256: (text: string) => string): AuditEntry => ({
  ...content,
  sequence: head.sequence + 1,
  previous: head.hash,
  hash: sha256(encodeEntry(content, head))
})

/**
 * `missing`: there is no entry at this place. `untied`: it does not go on from the one before. `changed`: it is not what
 * was entered. `cut`: the chain does not end where it should.
 */
export type AuditFaultKind = "missing" | "untied" | "changed" | "cut"

/** The first place at which the chain does not hold. */
export interface AuditFault {
  readonly sequence: number
  /** Of the entry that is found there. */
  readonly id: string | null
  readonly kind: AuditFaultKind
}

/** What is wrong with the entry that is found where the one after `head` should be. */
export const faultAfter = (
  head: AuditHead,
  entry: AuditEntry,
  sha256: (text: string) => string
): AuditFault | undefined => {
  const expected = head.sequence + 1
  if (entry.sequence !== expected) return { sequence: expected, id: null, kind: "missing" }
  const fault = (kind: AuditFaultKind): AuditFault => ({ sequence: expected, id: entry.id, kind })
  if (entry.previous !== head.hash) return fault("untied")
  return entry.hash === sha256(encodeEntry(entry, head)) ? undefined : fault("changed")
}

/** The end of the chain after these entries, or the first fault in them. */
export const follow = (
  head: AuditHead,
  entries: ReadonlyArray<AuditEntry>,
  sha256: (text: string) => string
): { readonly head: AuditHead; readonly fault: AuditFault | undefined } => {
  let at = head
  for (const entry of entries) {
    const fault = faultAfter(at, entry, sha256)
    if (fault !== undefined) return { head: at, fault }
    at = { sequence: entry.sequence, hash: entry.hash }
  }
  return { head: at, fault: undefined }
}
