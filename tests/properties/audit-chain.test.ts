import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import { eventTypes, type EventEnvelope } from "@veza/domain/kernel"
import {
  type AuditContent,
  type AuditEntry,
  auditedTypes,
  encodeEntry,
  entryOf,
  follow,
  genesis,
  tie
} from "@veza/domain/platform"

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

// Few and confusing texts, so that equal ones, and ones that could be taken for another's field, come up often.
const text = fc.oneof(
  fc.constantFrom("", "a", "b", "a,b", '","', "null", "1", "\\", '"', "é", "e\u0301", "\ud800", "\udc00"),
  fc.string({ unit: "binary", maxLength: 6 })
)
const nullable = fc.option(text, { nil: null })
const value = fc.oneof(text, fc.boolean(), fc.integer())
const metadata = fc
  .uniqueArray(fc.tuple(text, value), { selector: ([key]) => key, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries))
const content: fc.Arbitrary<AuditContent> = fc.record({
  id: fc.oneof(fc.constant("00000000-0000-7000-8000-000000000000"), fc.uuid()),
  at: fc.integer({ min: 0, max: 2 ** 42 }).map((millis) => DateTime.makeUnsafe(millis)),
  actor: nullable,
  action: text,
  resource: text,
  resourceId: nullable,
  ip: nullable,
  userAgent: nullable,
  requestId: nullable,
  metadata
})
const head = fc.record({ sequence: fc.nat(), hash: text })

/** What an entry says, for comparing: the order of its metadata says nothing. */
const meaning = ({ at, metadata, ...rest }: AuditContent) => ({
  ...rest,
  at: DateTime.toEpochMillis(at),
  metadata: new Map(Object.entries(metadata))
})
const differ = (a: unknown, b: unknown): boolean => {
  try {
    assert.deepStrictEqual(a, b)
    return false
  } catch {
    return true
  }
}

const chainOf = (contents: ReadonlyArray<AuditContent>): ReadonlyArray<AuditEntry> => {
  const entries: Array<AuditEntry> = []
  for (const one of contents) entries.push(tie(one, entries.at(-1) ?? genesis, sha256))
  return entries
}
const chain = fc.array(content, { minLength: 2, maxLength: 6 }).map(chainOf)
const faultOf = (entries: ReadonlyArray<AuditEntry>) => follow(genesis, entries, sha256).fault

describe("the encoding of an entry", () => {
  it("never reads alike for two that differ, by one field or by many", () =>
    fc.assert(
      fc.property(content, content, head, head, fc.subarray(["content", "head"]), (a, b, before, other, changed) => {
        const second = changed.includes("content") ? b : a
        const after = changed.includes("head") ? other : before
        const same = !differ([meaning(a), before], [meaning(second), after])
        return (encodeEntry(a, before) === encodeEntry(second, after)) === same
      }),
      { numRuns: 500 }
    ))

  it("never reads alike when a single field differs", () =>
    fc.assert(
      fc.property(content, content, head, (a, b, before) => {
        const fields = [
          "id",
          "at",
          "actor",
          "action",
          "resource",
          "resourceId",
          "ip",
          "userAgent",
          "requestId",
          "metadata"
        ] as const
        return fields.every((field) => {
          const mixed = { ...a, [field]: b[field] }
          return (encodeEntry(a, before) === encodeEntry(mixed, before)) === !differ(meaning(a), meaning(mixed))
        })
      }),
      { numRuns: 300 }
    ))

  it("reads alike whatever the order in which the metadata came", () =>
    fc.assert(
      fc.property(content, head, (one, before) => {
        const turned = Object.fromEntries(Object.entries(one.metadata).toReversed())
        return encodeEntry(one, before) === encodeEntry({ ...one, metadata: turned }, before)
      })
    ))
})

describe("a chain", () => {
  it("is followed from its beginning to its end", () =>
    fc.assert(
      fc.property(chain, (entries) => {
        const last = entries.at(-1)
        const followed = follow(genesis, entries, sha256)
        return followed.fault === undefined && followed.head.hash === last?.hash
      })
    ))

  it("shows at its place any entry that says something else", () =>
    fc.assert(
      fc.property(chain, fc.nat(), content, (entries, n, other) => {
        const at = n % entries.length
        const changed = entries.map((entry, i) => (i === at ? { ...entry, ...other } : entry))
        const fault = faultOf(changed)
        const original = entries[at]
        return original !== undefined && differ(meaning(original), meaning({ ...original, ...other }))
          ? fault?.sequence === at + 1 && fault.kind === "changed"
          : fault === undefined
      })
    ))

  it("shows an entry that was changed together with its hash, at the next one", () =>
    fc.assert(
      fc.property(chain, fc.nat(), content, (entries, n, other) => {
        const at = n % (entries.length - 1)
        const before = entries[at - 1] ?? genesis
        const forged = tie(other, before, sha256)
        const fault = faultOf(entries.map((entry, i) => (i === at ? forged : entry)))
        return forged.hash === entries[at]?.hash
          ? fault === undefined
          : fault?.sequence === at + 2 && fault.kind === "untied"
      })
    ))

  it("shows an entry that is gone, and two that changed places", () =>
    fc.assert(
      fc.property(chain, fc.nat(), (entries, n) => {
        const at = n % (entries.length - 1)
        const without = entries.filter((_, i) => i !== at)
        const swapped = entries.map((entry, i) => (i === at ? entries[at + 1] : i === at + 1 ? entries[at] : entry))
        return [without, swapped].every((broken) => {
          const fault = faultOf(broken.filter((entry) => entry !== undefined))
          return fault?.sequence === at + 1 && fault.kind === "missing"
        })
      })
    ))
})

describe("the entry of an event", () => {
  const event = (type: string, payload: unknown): EventEnvelope => ({
    id: "00000000-0000-7000-8000-000000000000",
    type,
    aggregate: "a",
    payload,
    context: { actor_id: "someone", ip: null, user_agent: null, request_id: null },
    occurred_at: DateTime.makeUnsafe(0)
  })
  const secrets = { token: "T0P", to: "a@example.org", email: "a@example.org", password: "T0P", secret: "T0P" }

  it("is made of every type that is decided to leave one, and of no other", () => {
    for (const [type, decided] of Object.entries(eventTypes)) {
      assert.strictEqual(entryOf(event(type, {})) !== undefined, decided !== undefined, type)
      assert.strictEqual(auditedTypes.includes(type), decided !== undefined, type)
    }
    assert.isFalse(auditedTypes.includes("mail.requested"))
    assert.isUndefined(entryOf(event("toString", {})))
  })

  it("holds nothing of the payload but what is declared, whatever else is in it", () =>
    fc.assert(
      fc.property(fc.constantFrom(...auditedTypes), fc.jsonValue(), (type, more) => {
        const entry = entryOf(event(type, { ...secrets, more }))
        assert.isDefined(entry)
        const told = JSON.stringify(entry)
        return !told.includes("T0P") && !told.includes("example.org") && !("more" in entry.metadata)
      })
    ))

  it("bears any payload", () =>
    fc.assert(
      fc.property(fc.constantFrom(...auditedTypes), fc.jsonValue(), (type, payload) => {
        const entry = entryOf(event(type, payload))
        return entry !== undefined && tie(entry, genesis, sha256).sequence === 1
      })
    ))
})
