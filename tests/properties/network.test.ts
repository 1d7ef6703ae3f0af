import { isIPv6 } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { networkOf } from "@veza/domain/kernel"

/** Eight groups in every spelling RFC 4291 §2.2 allows: with leading zeros, upper case, one run of zeros left out. */
const spellings = (groups: ReadonlyArray<number>): ReadonlyArray<string> => {
  const plain = groups.map((group) => group.toString(16))
  const long = groups.map((group) => group.toString(16).padStart(4, "0").toUpperCase())
  const shortened = new URL(`http://[${plain.join(":")}]`).hostname.slice(1, -1)
  return [plain.join(":"), long.join(":"), shortened]
}
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })

describe("what limiters count an address as", () => {
  it("is one for every spelling of an IPv6 address, and for all that share its first 64 bits", () =>
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        const sibling = [...one.slice(0, 4), ...other.slice(4)]
        const names = [...spellings(one), ...spellings(sibling)].map(networkOf)
        assert.strictEqual(new Set(names).size, 1)
        assert.isTrue(isIPv6(names[0]?.replace("/64", "") ?? ""))
      })
    ))

  it("differs where the first 64 bits do", () =>
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        fc.pre(one.slice(0, 4).join() !== other.slice(0, 4).join())
        assert.notStrictEqual(networkOf(one.map((g) => g.toString(16)).join(":")), networkOf(spellings(other)[0] ?? ""))
      })
    ))

  it("is an IPv4 address itself", () =>
    fc.assert(fc.property(fc.ipV4(), (ip) => assert.strictEqual(networkOf(ip), ip))))
})
