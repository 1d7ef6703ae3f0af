import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import fc from "fast-check"
import { Day, dayOf, daysBetween, plusDays, startOf } from "@veza/domain/kernel"
import { everyDay, type PlayDay } from "@veza/domain/tracks"

const moment = fc
  .date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => DateTime.makeUnsafe(date))
const day = moment.map(dayOf)
const isDay = Schema.is(Day)

describe("a day", () => {
  it("begins before every moment of it, by less than a day", () =>
    fc.assert(
      fc.property(moment, (at) => {
        const since = DateTime.toEpochMillis(at) - DateTime.toEpochMillis(startOf(dayOf(at)))
        return since >= 0 && since < 86_400_000
      })
    ))

  it("is as far from another as one counts from it", () =>
    fc.assert(
      fc.property(day, fc.integer({ min: -1000, max: 1000 }), (from, days) => {
        const to = plusDays(from, days)
        return isDay(to) && daysBetween(from, to) === days && from < to === days > 0
      })
    ))

  it("is one of the calendar", () => {
    for (const good of ["2024-02-29", "1000-01-01", "9999-12-31"]) assert.isTrue(isDay(good), good)
    for (const bad of [
      "2023-02-29",
      "2024-13-01",
      "2024-00-10",
      "2024-1-1",
      "0999-01-01",
      "2024-01-01T00:00:00Z",
      ""
    ]) {
      assert.isFalse(isDay(bad), bad)
    }
  })
})

describe("the days of a period", () => {
  it("are all there, in order, each with what is known of it or nothing", () =>
    fc.assert(
      fc.property(day, fc.nat({ max: 365 }), fc.array(fc.nat({ max: 400 })), (from, length, played) => {
        const period = { from, to: plusDays(from, length) }
        const known = [...new Set(played)].map((n): PlayDay => ({
          day: plusDays(from, n),
          plays: n + 1,
          completions: 0,
          listeners: 1
        }))
        const days = everyDay(period, known)
        assert.deepStrictEqual(
          days.map((one) => one.day),
          Array.from({ length: length + 1 }, (_, n) => plusDays(from, n))
        )
        for (const [n, { plays }] of days.entries()) assert.strictEqual(plays, played.includes(n) ? n + 1 : 0)
      })
    ))
})
