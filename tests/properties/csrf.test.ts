import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import fc from "fast-check"
import Koa from "koa"
import { Csrf, csrf } from "@veza/http-koa/koa/csrf"
import type { ExchangeState } from "@veza/http-koa/koa/exchange"

const host = "api.example.org"
const allowed = "https://app.example.org"

const guardOf = (disabled: boolean, secret = "s".repeat(32)) =>
  Effect.runSync(
    Effect.provide(Csrf, csrf({ secret: Redacted.make(secret), allowedOrigins: [allowed, "https://b.org"], disabled }))
  )
const guard = guardOf(false)
const app = new Koa<ExchangeState>()

/** A request as the guard sees it; what is undefined was not sent. */
const contextOf = (headers: Readonly<Record<string, string | undefined>>) => {
  const request = new IncomingMessage(new Socket())
  for (const [name, value] of Object.entries({ host, ...headers })) {
    if (value !== undefined) request.headers[name] = value
  }
  return app.createContext(request, new ServerResponse(request))
}

const origins = {
  absent: undefined,
  own: `http://${host}`,
  allowed,
  evil: "https://evil.example",
  opaque: "null",
  lookalike: `${allowed}.evil.example`
} as const
type OriginName = keyof typeof origins

/** Which origins make a request ours, by what Fetch metadata say of its site (W3C Fetch Metadata, §2.3). */
const ours: ReadonlyArray<readonly [site: string | undefined, origins: ReadonlyArray<OriginName>]> = [
  ["same-origin", ["absent", "own", "allowed", "evil", "opaque", "lookalike"]],
  ["same-site", ["absent", "own", "allowed", "evil", "opaque", "lookalike"]],
  ["cross-site", ["allowed"]],
  ["none", ["allowed"]],
  ["something-new", ["allowed"]],
  [undefined, ["absent", "own", "allowed"]]
]

const session = "0b9f7c1e-5a53-4f0e-9d5e-8a4f6f2a1c11"
const tokens = {
  right: guard.tokenOf(session),
  "of another session": guard.tokenOf("another"),
  "of another secret": guardOf(false, "t".repeat(32)).tokenOf(session),
  "cut off": guard.tokenOf(session).slice(0, -1),
  empty: "",
  absent: undefined
} as const

/** Every combination of what the guard looks at. */
const cases = ours.flatMap(([site, isOurs]) =>
  (["absent", "own", "allowed", "evil", "opaque", "lookalike"] as const).flatMap((origin) =>
    Object.entries(tokens).flatMap(([tokenName, token]) =>
      [true, false].flatMap((byCookie) =>
        [session, undefined].map((sessionId) => ({
          name: `${site ?? "no metadata"}, Origin ${origin}, token ${tokenName}, cookie ${byCookie}, session ${sessionId}`,
          fromUs: isOurs.includes(origin),
          isProven: tokenName === "right" && sessionId !== undefined,
          byCookie,
          sessionId,
          context: () => contextOf({ "sec-fetch-site": site, origin: origins[origin], "x-csrf-token": token })
        }))
      )
    )
  )
)

describe("the CSRF guard", () => {
  it("wants of a cookie both our site and the token of its session, and of who has none nothing", () => {
    assert.isAbove(cases.length, 800)
    for (const { name, fromUs, isProven, byCookie, sessionId, context } of cases) {
      const expected = !byCookie || (fromUs && isProven)
      assert.strictEqual(guard.allows(context(), "session", byCookie, sessionId), expected, name)
    }
  })

  it("wants before signing in only that no other site asks, whatever else comes along", () => {
    for (const { name, fromUs, byCookie, sessionId, context } of cases) {
      assert.strictEqual(guard.allows(context(), "origin", byCookie, sessionId), fromUs, name)
    }
  })

  it("wants nothing where nothing changes, nor where it is switched off", () => {
    const off = guardOf(true)
    for (const { name, byCookie, sessionId, context } of cases) {
      assert.isTrue(guard.allows(context(), "none", byCookie, sessionId), name)
      for (const rule of ["session", "origin", "none"] as const) {
        assert.isTrue(off.allows(context(), rule, byCookie, sessionId), name)
      }
    }
  })

  it("takes no origin for an allowed one but the very same", () =>
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom(allowed, allowed.toUpperCase(), ""),
        (before, after, origin) => {
          const presented = `${before}${origin}${after}`
          fc.pre(presented !== allowed && presented !== "")
          assert.isFalse(guard.allows(contextOf({ origin: presented }), "origin", false, undefined))
        }
      )
    ))

  it("hands every session a token of its own, always the same", () =>
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        assert.strictEqual(guard.tokenOf(one), guard.tokenOf(one))
        assert.strictEqual(guard.tokenOf(one) === guard.tokenOf(other), one === other)
      })
    ))
})
