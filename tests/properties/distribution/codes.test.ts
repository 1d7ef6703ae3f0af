import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  gtinCheckDigit,
  ipiBaseCheckDigit,
  ipiNameCheckDigits,
  isGtin,
  isIpi,
  isIsni,
  isIsrc,
  isniCheckCharacter,
  isrcOf,
  normalGtin,
  normalIpi,
  normalIsni,
  normalIsrc
} from "@veza/domain/distribution"

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(""))

/** The text with the character at `at` replaced by another digit. */
const withOther = (text: string, at: number, by: number): string => {
  const old = text.charCodeAt(at) - 48
  return `${text.slice(0, at)}${(old + by) % 10}${text.slice(at + 1)}`
}

describe("a UPC or EAN", () => {
  it("is known by its check digit", () => {
    for (const good of ["036000291452", "4006381333931", "9780201379624", "012345678905", "0-36000-29145-2"]) {
      expect([good, isGtin(normalGtin(good))]).toEqual([good, true])
    }
    for (const bad of ["036000291453", "4006381333932", "", "12", "03600029145a", "04006381333931"]) {
      expect([bad, isGtin(bad)]).toEqual([bad, false])
    }
  })

  it("is one code whether it is written as UPC or as the EAN that begins with 0", () => {
    expect([normalGtin("0036000291452"), normalGtin("036000291452"), normalGtin("4006381333931")]).toEqual([
      "036000291452",
      "036000291452",
      "4006381333931"
    ])
  })

  it("is right with its check digit, and wrong with any single digit changed", () => {
    const body = fc.oneof(digits(11), digits(12))
    fc.assert(
      fc.property(body, fc.nat(), fc.integer({ min: 1, max: 9 }), (text, place, by) => {
        const code = `${text}${gtinCheckDigit(text)}`
        expect(isGtin(code)).toBe(true)
        expect(isGtin(withOther(code, place % code.length, by))).toBe(false)
      })
    )
  })
})

describe("an ISNI", () => {
  it("is known by its check character", () => {
    for (const good of ["0000 0001 2150 090X", "0000000121032683", "000000012146438X", "0000000122821246"]) {
      expect([good, isIsni(normalIsni(good))]).toEqual([good, true])
    }
    for (const bad of ["000000012150090", "0000000121500900", "X000000121500901", "0000000121032684"]) {
      expect([bad, isIsni(bad)]).toEqual([bad, false])
    }
  })

  it("is what ISO 7064 MOD 11-2 makes of it: the weighted sum is 1 modulo 11", () => {
    fc.assert(
      fc.property(digits(15), (text) => {
        const code = `${text}${isniCheckCharacter(text)}`
        const values = Array.from(code, (char) => (char === "X" ? 10 : Number(char)))
        const sum = values.reduce((total, value, at) => total + BigInt(value) * 2n ** BigInt(15 - at), 0n)
        expect(sum % 11n).toBe(1n)
        expect(isIsni(code)).toBe(true)
      })
    )
  })

  it("is wrong with a digit changed, or two different neighbours swapped", () => {
    fc.assert(
      fc.property(digits(15), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 1, max: 9 }), (text, at, by) => {
        const code = `${text}${isniCheckCharacter(text)}`
        expect(isIsni(withOther(code, at, by))).toBe(false)
        const [left = "", right = ""] = [code[at], code[at + 1]]
        const swapped = `${code.slice(0, at)}${right}${left}${code.slice(at + 2)}`
        expect(isIsni(swapped)).toBe(left === right)
      })
    )
  })
})

describe("an IPI number", () => {
  it("is known by its check digits, as a name number and as a base number", () => {
    for (const good of ["00014107338", "00017798450", "I-001068130-6", "I0010681306", "i-001.068.130-6"]) {
      expect([good, isIpi(normalIpi(good))]).toEqual([good, true])
    }
    for (const bad of ["00014107339", "I0010681307", "0014107338", "", "J0010681306"]) {
      expect([bad, isIpi(bad)]).toEqual([bad, false])
    }
  })

  it("is wrong with any single digit changed, and none is made that takes three check digits", () => {
    fc.assert(
      fc.property(digits(9), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 9 }), (text, at, by) => {
        const check = ipiNameCheckDigits(text)
        const sum = Array.from(text).reduce((total, digit, n) => total + Number(digit) * (10 - n), 0)
        expect(check === undefined).toBe(sum % 101 === 1)
        if (check !== undefined) {
          expect((sum + Number(check)) % 101).toBe(0)
          expect(isIpi(`${text}${check}`)).toBe(true)
          expect(isIpi(withOther(`${text}${check}`, at, by))).toBe(false)
        }
        const base = `I${text}${ipiBaseCheckDigit(text)}`
        expect(isIpi(base)).toBe(true)
      })
    )
  })
})

describe("an ISRC", () => {
  it("is read however it is written", () => {
    for (const good of ["US-S1Z-99-00001", "uss1z9900001", " GB AYE 69 00531 "]) {
      expect([good, isIsrc(normalIsrc(good))]).toEqual([good, true])
    }
    for (const bad of ["US-S1Z-99-0001", "1SS1Z9900001", "USS1Z99O0001"]) expect(isIsrc(normalIsrc(bad))).toBe(false)
  })

  it("made of a prefix, a year and a designation is one, and each of them its own", () => {
    const designation = fc.integer({ min: 0, max: 99_999 })
    const year = fc.integer({ min: 2000, max: 2099 })
    fc.assert(
      fc.property(year, designation, year, designation, (oneYear, one, otherYear, other) => {
        const [first, second] = [isrcOf("QZABC", oneYear, one), isrcOf("QZABC", otherYear, other)]
        expect(isIsrc(first)).toBe(true)
        expect(first === second).toBe(oneYear === otherYear && one === other)
      })
    )
  })
})
