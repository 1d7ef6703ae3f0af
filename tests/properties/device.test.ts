import { assert, it } from "@effect/vitest"
import fc from "fast-check"
import { deviceOf } from "@veza/http-koa/koa/device"

const known = [
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    { name: "Firefox on Windows", type: "desktop" }
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    { name: "Safari on iOS", type: "mobile" }
  ],
  [
    "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1",
    { name: "Safari on iOS", type: "tablet" }
  ],
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    { name: "Chrome on Linux", type: "desktop" }
  ],
  ["curl/8.5.0", { name: "curl", type: "other" }],
  ["VezaDesktop/2.1 (build 7)", { name: "VezaDesktop", type: "other" }],
  ["", { name: "Unknown device", type: "other" }]
] as const

it("names the devices that people know", () => {
  for (const [userAgent, device] of known) assert.deepStrictEqual(deviceOf(userAgent), device)
})

it("has a short name for whatever says it is one", () =>
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 600 }), fc.constantFrom(...known.map(([one]) => `${one} x`))),
      (one) => {
        const { name } = deviceOf(one)
        assert.isTrue(name.length > 0 && name.length <= 60)
      }
    ),
    { numRuns: 500 }
  ))
