import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import { ageOn } from "@veza/domain/accounts"

const day = fc.date({ min: new Date("1900-01-01"), max: new Date("2100-12-31"), noInvalidDate: true })
const isoDay = (date: Date) => date.toISOString().slice(0, 10)
const on = (text: string) => DateTime.makeUnsafe(text)

describe("an age", () => {
  it("counts the birthdays since the birth", () =>
    fc.assert(
      fc.property(day, fc.nat(120), (birth, years) => {
        const birthdate = isoDay(birth)
        fc.pre(!birthdate.endsWith("02-29"))
        const birthday = DateTime.add(on(`${birthdate}T00:00:00Z`), { years })
        assert.strictEqual(ageOn(birthdate, birthday), years)
        assert.strictEqual(ageOn(birthdate, DateTime.subtract(birthday, { milliseconds: 1 })), years - 1)
      })
    ))

  it("does not depend on the time of day, and never falls", () =>
    fc.assert(
      fc.property(day, day, fc.nat(86_399_999), fc.nat(400), (birth, now, milliseconds, days) => {
        const birthdate = isoDay(birth)
        const morning = on(`${isoDay(now)}T00:00:00Z`)
        const age = ageOn(birthdate, morning)
        assert.strictEqual(ageOn(birthdate, DateTime.add(morning, { milliseconds })), age)
        assert.isAtLeast(ageOn(birthdate, DateTime.add(morning, { days })), age)
      })
    ))

  it("rises on 1 March for somebody born on 29 February, and on the day itself in leap years", () => {
    const leapling = "2004-02-29"
    const ages = ["2020-02-28", "2020-02-29", "2021-02-28", "2021-03-01", "2024-02-28", "2024-02-29"]
    assert.deepStrictEqual(
      ages.map((date) => ageOn(leapling, on(`${date}T23:59:59Z`))),
      [15, 16, 16, 17, 19, 20]
    )
  })
})
