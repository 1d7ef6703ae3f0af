import { assert, describe, it } from "@effect/vitest"
import { DateTime, Exit, Result, Schema } from "effect"
import fc from "fast-check"
import { SessionId, UserId } from "@veza/domain/kernel"
import {
  accessTo,
  blockingStatuses,
  isBusinessDay,
  judgeRestoration,
  noticeMachine,
  NoticeStatement,
  NoticeStatus,
  type NoticeStep,
  restorationWindow,
  statusesBefore,
  TrackId,
  TrackReference
} from "@veza/domain/tracks"

const by = UserId.make("6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f")
const at = DateTime.makeUnsafe("2026-03-02T12:00:00Z")
const anyStatus = fc.constantFrom(...NoticeStatus.literals)
const anyMoment = fc
  .date({ min: new Date("2020-01-01T00:00:00Z"), max: new Date("2060-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => DateTime.makeUnsafe(date))
const statement = {
  statement: "mine",
  sworn_statement: true,
  consent_to_jurisdiction: true,
  name: "n",
  address: "a",
  phone: "p",
  signature: "s"
} as const
const anyStep = fc.oneof(
  fc.constant<NoticeStep>({ to: "taken_down", by, at }),
  fc.constant<NoticeStep>({ to: "dismissed", by, at, reason: "r" }),
  fc.constant<NoticeStep>({ to: "countered", at, statement }),
  fc.boolean().map((claimantWithdrew): NoticeStep => ({ to: "restored", by, at, claimantWithdrew }))
)
const day = 86_400_000

describe("the life of a notice", () => {
  it("goes along its table only, whatever is tried", () =>
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        let status: NoticeStatus = "received"
        let everTakenDown = false
        for (const step of steps) {
          if (!statusesBefore(step).includes(status)) continue
          assert.isTrue(noticeMachine.allows(status, step.to))
          status = step.to
          everTakenDown ||= status === "taken_down"
        }
        if (blockingStatuses.includes(status) || status === "restored") assert.isTrue(everTakenDown)
      })
    ))

  it("is over once it is dismissed or restored", () => {
    for (const status of NoticeStatus.literals) {
      assert.strictEqual(noticeMachine.isFinal(status), status === "dismissed" || status === "restored")
    }
  })

  it("blocks the track from the takedown to the restoration", () => {
    assert.deepStrictEqual(
      NoticeStatus.literals.filter((status) => blockingStatuses.includes(status)),
      ["taken_down", "countered"]
    )
  })
})

describe("the time for going to court", () => {
  it("is ten business days, and a track is back after fourteen at the latest", () =>
    fc.assert(
      fc.property(anyMoment, (received) => {
        const start = Math.floor(DateTime.toEpochMillis(received) / day)
        const { from, by: last } = restorationWindow(received)
        const businessDaysUntil = (end: DateTime.Utc) => {
          const days = Array.from({ length: DateTime.toEpochMillis(end) / day - start - 1 }, (_, i) => start + 1 + i)
          return days.filter(isBusinessDay).length
        }
        assert.deepStrictEqual([businessDaysUntil(from), businessDaysUntil(last)], [10, 14])
        assert.isTrue(isBusinessDay(DateTime.toEpochMillis(from) / day - 1))
        assert.isTrue(isBusinessDay(DateTime.toEpochMillis(last) / day - 1))
      })
    ))

  it.each([
    ["2026-03-02T12:00:00Z", "2026-03-17", "2026-03-21"],
    // Christmas and New Year's Day are holidays.
    ["2026-12-21T00:00:00Z", "2027-01-07", "2027-01-13"],
    // Independence Day 2026 is a Saturday and kept on Friday, the third.
    ["2026-06-26T23:59:59Z", "2026-07-14", "2026-07-18"],
    // Thanksgiving.
    ["2026-11-20T10:00:00Z", "2026-12-08", "2026-12-12"]
  ])("that begins %s ends with the day before %s, or %s", (received, from, last) => {
    const window = restorationWindow(DateTime.makeUnsafe(received))
    assert.deepStrictEqual([DateTime.formatIsoDateUtc(window.from), DateTime.formatIsoDateUtc(window.by)], [from, last])
  })

  it("knows the eleven holidays of a year", () => {
    const start = Date.parse("2026-01-01") / day
    const days = Array.from({ length: 365 }, (_, i) => start + i)
    const isWeekday = (one: number) => ![0, 6].includes(new Date(one * day).getUTCDay())
    const free = days.filter((one) => isWeekday(one) && !isBusinessDay(one))
    assert.deepStrictEqual(
      free.map((one) => new Date(one * day).toISOString().slice(5, 10)),
      ["01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"]
    )
  })

  it("passes before anything is restored that the claimant stands by", () =>
    fc.assert(
      fc.property(
        anyStatus,
        anyMoment,
        fc.integer({ min: 0, max: 40 * day }),
        fc.boolean(),
        (status, received, later, withdrew) => {
          const counteredAt = status === "countered" ? received : null
          const now = DateTime.add(received, { milliseconds: later })
          const verdict = judgeRestoration({ status, counteredAt }, withdrew, now)
          const isOpen =
            (withdrew && blockingStatuses.includes(status)) ||
            (status === "countered" && DateTime.isGreaterThanOrEqualTo(now, restorationWindow(received).from))
          assert.strictEqual(Result.isSuccess(verdict), isOpen)
        }
      )
    ))
})

describe("a blocked track", () => {
  const owner = UserId.make("7f7f7f7f-7f7f-4f7f-8f7f-7f7f7f7f7f7f")
  const origin = { ip: "192.0.2.1", userAgent: "property", requestId: "1" }
  const session = { _tag: "SignedIn", by: "session", isVerified: true, authenticatedAt: 0, secondFactorAt: 1 } as const
  const anyone = fc.oneof(
    fc.constant({ _tag: "Anonymous", origin } as const),
    fc
      .record({
        role: fc.constantFrom("user" as const, "moderator" as const, "admin" as const),
        userId: fc.constantFrom(by, owner)
      })
      .map((given) => ({ ...session, ...given, sessionId: SessionId.make(by), origin }))
  )
  const track = fc.record({
    userId: fc.constant(owner),
    status: fc.constantFrom("processing" as const, "ready" as const, "rejected" as const, "failed" as const),
    isPublic: fc.boolean()
  })

  it("is blocked for everybody who could see it, and what it was to everybody else", () =>
    fc.assert(
      fc.property(track, anyone, fc.boolean(), (given, actor, hasShare) => {
        const open = accessTo({ ...given, blockedAt: null }, actor, hasShare)
        const blocked = accessTo({ ...given, blockedAt: at }, actor, hasShare)
        assert.strictEqual(blocked, open === "visible" ? "blocked" : open)
        assert.notStrictEqual(open, "blocked")
      })
    ))
})

describe("what a notice says", () => {
  const id = "3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11"
  const read = Schema.decodeUnknownExit(TrackReference)

  it.each([
    id,
    id.toUpperCase(),
    `https://veza.example/tracks/${id}`,
    `http://localhost:3000/en/tracks/${id}/?t=30#x`,
    `https://veza.example/tracks/7f7f7f7f-7f7f-4f7f-8f7f-7f7f7f7f7f7f/tracks/${id}`
  ])("names a track as %s", (reference) => {
    assert.deepStrictEqual(read(reference), Exit.succeed(TrackId.make(id)))
  })

  it.each([
    "",
    "x",
    `${id}x`,
    `ftp://veza.example/tracks/${id}`,
    `https://veza.example/${id}`,
    `/tracks/${id}`,
    `${id} `
  ])("names none as %s", (reference) => {
    assert.isTrue(Exit.isFailure(read(reference)))
  })

  it("is nothing without any of its required parts, and without both statements sworn", () => {
    const whole: Record<string, unknown> = {
      track: id,
      work_description: "a song",
      claimant_name: "A",
      claimant_address: "B",
      claimant_email: "a@b.example",
      good_faith_statement: true,
      sworn_statement: true,
      signature: "A"
    }
    const accepts = Schema.decodeUnknownExit(NoticeStatement)
    assert.isTrue(Exit.isSuccess(accepts(whole)))
    for (const part of Object.keys(whole)) {
      const { [part]: _, ...rest } = whole
      assert.isTrue(Exit.isFailure(accepts(rest)), part)
      assert.isTrue(Exit.isFailure(accepts({ ...whole, [part]: whole[part] === true ? false : " " })), part)
    }
  })
})
