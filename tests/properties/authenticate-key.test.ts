import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import {
  AccessTokens,
  admitsKey,
  composeApiKey,
  InvalidToken,
  type KeyPrincipal,
  KeyPrincipals,
  KeyUsage,
  type Presented,
  type Principal,
  Principals,
  recognise,
  scopesOf,
  Sessions
} from "@veza/domain/accounts"
import {
  ApiKeyId,
  contextOf,
  EventContext,
  KeyScope,
  Role,
  Secrets,
  SessionId,
  TemporarilyUnavailable,
  UserId
} from "@veza/domain/kernel"

const now = 1_800_000_000_000
const userId = UserId.make("00000000-0000-4000-8000-000000000001")
const keyId = ApiKeyId.make("00000000-0000-4000-8000-00000000000b")
const sessionId = SessionId.make("00000000-0000-4000-8000-00000000000a")
const origin = { ip: "192.0.2.1", userAgent: "property", requestId: "r" }

const keyOf = (seed: number) => composeApiKey(Buffer.alloc(32, seed).toString("base64url"))
const known = keyOf(1)
const texts = {
  key: known,
  strangeKey: keyOf(2),
  malformedKey: `${known.slice(0, -1)}${known.endsWith("0") ? "1" : "0"}`,
  token: "signed.by.us",
  strangeToken: "signed.by.them",
  other: "something",
  nothing: ""
} as const

const record: fc.Arbitrary<KeyPrincipal> = fc.record({
  keyId: fc.constant(keyId),
  userId: fc.constant(userId),
  role: fc.constantFrom(...Role.literals),
  isVerified: fc.boolean(),
  isAdmitted: fc.boolean(),
  scopes: fc.uniqueArray(fc.constantFrom(...KeyScope.literals), { minLength: 1 }),
  endsAt: fc.option(fc.constantFrom(0, now - 1, now, now + 1, now + 1_000_000), { nil: null })
})
const presented: fc.Arbitrary<Presented> = fc.record({
  token: fc.constantFrom(...Object.values(texts)),
  apiKey: fc.constantFrom(...Object.values(texts))
})
const session: Principal = {
  userId,
  sessionUserId: userId,
  role: "user",
  isVerified: true,
  isAdmitted: true,
  tokenVersion: 0,
  sessionEndsAt: now + 6 * 86_400_000,
  sessionLifetime: 7 * 86_400,
  sessionCreatedAt: now - 86_400_000,
  authenticatedAt: now,
  secondFactorAt: null
}

/** Presents credentials where the record of the known key is `found`; answers the outcome and what was asked and noted. */
const enter = async (shown: Presented, found: KeyPrincipal | "unavailable" | undefined, isPeeked = false) => {
  const asked: Array<string> = []
  const noted: Array<unknown> = []
  const of = (digest: Uint8Array) => {
    asked.push(Buffer.from(digest).toString())
    if (found === "unavailable") return Effect.fail(new TemporarilyUnavailable({ retryAfter: 1 }))
    return Effect.succeed(asked.at(-1) === known ? found : undefined)
  }
  const ports = Layer.mergeAll(
    Layer.mock(Secrets, { same: () => false, digest: (secret) => new Uint8Array(Buffer.from(Redacted.value(secret))) }),
    Layer.mock(KeyPrincipals, {
      peek: (digest) =>
        isPeeked && found !== "unavailable" && Buffer.from(digest).toString() === known ? found : undefined,
      of
    }),
    Layer.mock(KeyUsage, { note: (id, at) => void noted.push([id, at]) }),
    Layer.mock(AccessTokens, {
      peek: () => undefined,
      verify: (token) =>
        token === texts.token
          ? Effect.succeed({ sub: userId, sid: sessionId, token_version: 0, role: "user", jti: "j", exp: now })
          : Effect.fail(new InvalidToken())
    }),
    Layer.mock(Sessions, {}),
    Layer.mock(Principals, { peek: () => session }),
    TestClock.layer()
  )
  const attempt = recognise(shown, origin)
  const outcome =
    attempt === undefined
      ? undefined
      : await Effect.runPromise(
          TestClock.setTime(now).pipe(Effect.andThen(Effect.exit(attempt)), Effect.provide(ports))
        )
  const tag =
    outcome === undefined
      ? "nothing"
      : Exit.isSuccess(outcome)
        ? outcome.value.by
        : await Effect.runPromise(Effect.flip(outcome)).then(({ _tag }) => _tag)
  return { tag, actor: outcome !== undefined && Exit.isSuccess(outcome) ? outcome.value : undefined, asked, noted }
}

const isKeyLike = (text: string) => text.startsWith("vza_")
const living: KeyPrincipal = {
  keyId,
  userId,
  role: "creator",
  isVerified: true,
  isAdmitted: true,
  scopes: ["read"],
  endsAt: null
}

describe("recognising who presents what", () => {
  it("follows the order: token, then key; the header only without a token", () =>
    fc.assert(
      fc.asyncProperty(presented, record, async (shown, found) => {
        const admitted = admitsKey(found, now)
        const expected = (): string => {
          const { token, apiKey } = shown
          if (token === texts.key && admitted) return "key"
          if (token !== "") return token === texts.token ? "session" : "InvalidToken"
          if (!isKeyLike(apiKey)) return "nothing"
          return apiKey === texts.key && admitted ? "key" : "InvalidApiKey"
        }
        assert.strictEqual((await enter(shown, found)).tag, expected())
      }),
      { numRuns: 300 }
    ))

  it("admits exactly living keys of admitted accounts, and notes the use of no other", () =>
    fc.assert(
      fc.asyncProperty(record, fc.boolean(), async (found, isPeeked) => {
        const isFine = found.isAdmitted && (found.endsAt === null || found.endsAt > now)
        const { tag, actor, noted } = await enter({ token: "", apiKey: known }, found, isPeeked)
        assert.strictEqual(tag, isFine ? "key" : "InvalidApiKey")
        assert.deepStrictEqual(noted, isFine ? [[keyId, now]] : [])
        if (isFine) assert.deepInclude(actor, { by: "key", userId, keyId, role: found.role, scopes: scopesOf(found) })
      }),
      { numRuns: 200 }
    ))

  it("looks up neither malformed keys nor anything that is none, and asks nobody where it may peek", async () => {
    for (const text of [texts.malformedKey, texts.other, texts.token, texts.strangeToken]) {
      assert.deepStrictEqual((await enter({ token: text, apiKey: text }, living)).asked, [])
      assert.deepStrictEqual((await enter({ token: "", apiKey: text }, living)).asked, [])
    }
    assert.deepStrictEqual((await enter({ token: "", apiKey: known }, living, true)).asked, [])
  })

  it("admits nobody while the record cannot be had, and does not call the key bad", async () => {
    for (const shown of [
      { token: known, apiKey: "" },
      { token: "", apiKey: known }
    ]) {
      assert.strictEqual((await enter(shown, "unavailable")).tag, "TemporarilyUnavailable")
    }
  })

  it("names the key in the events of what it does, through every store", () =>
    fc.assert(
      fc.asyncProperty(record, async (found) => {
        const { actor } = await enter({ token: "", apiKey: known }, { ...found, isAdmitted: true, endsAt: null })
        const context = contextOf(actor ?? assert.fail("the key was not admitted"))
        const { userAgent, requestId, ip } = origin
        const expected = { actor_id: userId, api_key_id: keyId, ip, user_agent: userAgent, request_id: requestId }
        assert.deepStrictEqual(Schema.decodeUnknownSync(EventContext)(JSON.parse(JSON.stringify(context))), expected)
      }),
      { numRuns: 20 }
    ))

  it("leaves admin to administrators, whatever the key was given", () =>
    fc.assert(
      fc.property(record, (found) => {
        const scopes = scopesOf(found)
        assert.strictEqual(scopes.includes("admin"), found.role === "admin" && found.scopes.includes("admin"))
        for (const scope of ["read", "write"] as const) {
          assert.strictEqual(scopes.includes(scope), found.scopes.includes(scope))
        }
      })
    ))
})
