import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Entry,
  judgeReport,
  openStatuses,
  overallStatus,
  platformMachine,
  PlatformStatus,
  type Said,
  StoreState,
  wayOut
} from "@veza/domain/distribution"

type Judged = Pick<Entry, "status" | "message" | "kind" | "reason">

const status = fc.constantFrom(...PlatformStatus.literals)
const said: fc.Arbitrary<Said> = fc.record({
  message: fc.integer({ min: 1, max: 4 }),
  state: fc.constantFrom(...StoreState.literals),
  reason: fc.option(fc.constantFrom("a", "b"), { nil: undefined })
})

/** What may happen to an entry: a store says something, or its owner corrects it or ends it. */
type Happening = { readonly said: Said } | { readonly owner: "correct" | "end" }
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ said }) },
  { weight: 1, arbitrary: fc.record({ owner: fc.constantFrom("correct" as const, "end" as const) }) }
)
const begun: Judged = { status: "pending", message: 1, kind: "new", reason: null }

const happen = (entry: Judged, what: Happening): Judged => {
  if ("said" in what) {
    const verdict = judgeReport(entry, what.said)
    if (verdict._tag === "Move") return { ...entry, status: verdict.to, reason: verdict.reason }
    if (verdict._tag === "Again") return { ...entry, reason: verdict.reason, message: entry.message + 1 }
    return verdict._tag === "Note" ? { ...entry, reason: verdict.reason } : entry
  }
  if (what.owner === "end") {
    const to = wayOut(entry.status)
    if (to === undefined) return entry
    return to === "withdrawn"
      ? { ...entry, status: to }
      : { ...entry, status: to, message: entry.message + 1, kind: "takedown" }
  }
  if (entry.status === "live") return { ...entry, message: entry.message + 1, kind: "update" }
  return platformMachine.allows(entry.status, "pending")
    ? { ...entry, status: "pending", message: entry.message + 1, kind: "new" }
    : entry
}

describe("what a store says", () => {
  it("only ever moves an entry as the table allows, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        happenings.reduce((entry, what) => {
          const next = happen(entry, what)
          if (next.status !== entry.status) expect(platformMachine.allows(entry.status, next.status)).toBe(true)
          return next
        }, begun)
      })
    )
  })

  it("does nothing when it is said again at once", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), said, (happenings, report) => {
        const entry = happen(happenings.reduce(happen, begun), { said: report })
        expect(happen(entry, { said: report })).toEqual(entry)
      })
    )
  })

  it("about a message that another one followed changes nothing, but that it is sold or no longer", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), said, (happenings, report) => {
        const entry = happenings.reduce(happen, begun)
        fc.pre(report.message < entry.message)
        const after = happen(entry, { said: report })
        const tells = report.state === "taken_down" || report.state === "live"
        if (!tells || after.status !== report.state) expect(after).toEqual(entry)
      })
    )
  })

  it("about what was sent before ends nothing of what was sent anew", () => {
    fc.assert(
      fc.property(status, fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 3 }), (now, message, before) => {
        const entry: Judged = { ...begun, status: now, message }
        const report = { message: Math.min(before, message - 1), state: "taken_down" } as const
        expect(judgeReport(entry, report)).toEqual({ _tag: "Ignore" })
      })
    )
  })

  it("about a message that was never made changes nothing", () => {
    fc.assert(
      fc.property(said, status, (report, now) => {
        fc.pre(report.message > 1)
        expect(judgeReport({ ...begun, status: now }, report)).toEqual({ _tag: "Ignore" })
      })
    )
  })

  it("never makes anything of what is sold but something that is not sold any more", () => {
    const over = ["live", "takedown_requested", "taken_down"]
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const live: Judged = { ...begun, status: "live" }
        expect(over).toContain(happenings.reduce(happen, live).status)
      })
    )
  })

  it("that it sells what it was sent is believed, whatever it said before", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.nat(4), (happenings, before) => {
        const entry = happenings.reduce(happen, begun)
        fc.pre(openStatuses.includes(entry.status) && entry.status !== "takedown_requested")
        const message = Math.max(1, entry.message - before)
        const after = happen(entry, { said: { message, state: "live", reason: undefined } })
        expect(after.status).toBe("live")
      })
    )
  })

  it("never ends a takedown but by doing it: what it refuses it is asked for again", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), said, (happenings, report) => {
        const entry = happenings.reduce(happen, begun)
        fc.pre(entry.status === "takedown_requested" && report.message === entry.message)
        const after = happen(entry, { said: report })
        expect(after.status).toBe(report.state === "taken_down" ? "taken_down" : "takedown_requested")
        const isRefused = report.state === "rejected" || report.state === "failed"
        expect(after.message).toBe(isRefused ? entry.message + 1 : entry.message)
      })
    )
  })

  it("never brings back what its owner ended", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 20 }), fc.array(said, { maxLength: 20 }), (happenings, reports) => {
        const ended = happen(happenings.reduce(happen, begun), { owner: "end" })
        const after = reports.reduce((entry, report) => happen(entry, { said: report }), ended)
        expect(["takedown_requested", "taken_down", "withdrawn"]).toContain(after.status)
      })
    )
  })
})

describe("the status of a submission", () => {
  const statuses = fc.array(status, { minLength: 1, maxLength: 3 })

  it("does not depend on the order of its stores", () => {
    fc.assert(
      fc.property(statuses, (all) => {
        expect(overallStatus(all.toReversed())).toBe(overallStatus(all))
      })
    )
  })

  it("is that of all of its stores where they agree", () => {
    fc.assert(
      fc.property(status, fc.integer({ min: 1, max: 3 }), (one, count) => {
        expect(overallStatus(Array.from({ length: count }, () => one))).toBe(one)
      })
    )
  })

  it("is over exactly when all of its stores are, and they count for nothing before", () => {
    fc.assert(
      fc.property(statuses, (all) => {
        const open = all.filter((one) => openStatuses.includes(one))
        expect(["taken_down", "withdrawn"].includes(overallStatus(all))).toBe(open.length === 0)
        if (open.length > 0) expect(overallStatus(all)).toBe(overallStatus(open))
      })
    )
  })

  it("says live only where all that is open is, and partially where some of it is", () => {
    fc.assert(
      fc.property(statuses, (all) => {
        const open = all.filter((one) => openStatuses.includes(one))
        const live = open.filter((one) => one === "live").length
        expect(overallStatus(all) === "live").toBe(live > 0 && live === open.length)
        expect(overallStatus(all) === "partially_live").toBe(live > 0 && live < open.length)
      })
    )
  })
})
