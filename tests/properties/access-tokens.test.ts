import { createHmac, generateKeyPairSync, sign } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { accessKeys, type AccessKeys, accessTokens, idsCrypto, signingKey } from "@veza/adapters/crypto"
import { AccessTokens, PublishedKeys } from "@veza/domain/accounts"
import { SessionId, UserId } from "@veza/domain/kernel"

const now = 1_800_000_000
const secret = "a-secret-of-more-than-thirty-two-characters"
const claims = {
  sub: UserId.make("00000000-0000-4000-8000-000000000001"),
  sid: SessionId.make("00000000-0000-4000-8000-00000000000a"),
  token_version: 3,
  role: "user"
}
const payload = { ...claims, iss: "veza-api", aud: "veza-app", jti: "j", iat: now, exp: now + 900 }

const pemOf = (type: "rsa" | "ed25519") => {
  const { privateKey } =
    type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519")
  return String(privateKey.export({ type: "pkcs8", format: "pem" }))
}
const keyOf = (type: "rsa" | "ed25519") => Result.getOrThrow(signingKey(pemOf(type)))
const [rsa, ed25519, stranger] = [keyOf("rsa"), keyOf("ed25519"), keyOf("ed25519")]

const settings = (keys?: AccessKeys) =>
  accessTokens({ secret: Redacted.make(secret), keys, issuer: "veza-api", audience: "veza-app" }).pipe(
    Layer.provide(idsCrypto)
  )
const schemes = {
  HS256: { layer: settings(), kid: undefined, signed: (input: string) => hmac(secret, input) },
  RS256: {
    layer: settings(accessKeys(rsa, [])),
    kid: rsa.kid,
    signed: (input: string) => sign("sha256", Buffer.from(input), rsa.privateKey)
  },
  EdDSA: {
    layer: settings(accessKeys(ed25519, [])),
    kid: ed25519.kid,
    signed: (input: string) => sign(null, Buffer.from(input), ed25519.privateKey)
  }
} as const
type Alg = keyof typeof schemes

const hmac = (key: string | Buffer, input: string): Buffer => createHmac("sha256", key).update(input).digest()
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
const headerOf = (alg: Alg) => ({ alg, typ: "at+jwt", ...(schemes[alg].kid && { kid: schemes[alg].kid }) })

/** A token with any header and payload, signed as the scheme signs. */
const made = (alg: Alg, header: object, body: object, signed: (input: string) => Buffer = schemes[alg].signed) => {
  const input = `${part(header)}.${part(body)}`
  return `${input}.${signed(input).toString("base64url")}`
}

const judged = Effect.fnUntraced(function* (token: string) {
  yield* TestClock.setTime(now * 1000)
  return Result.isSuccess(yield* Effect.result((yield* AccessTokens).verify(token)))
})

/** What an attacker may try; none may be admitted (RFC 8725). */
const attacks: Record<string, (alg: Alg) => string> = {
  "alg none, unsigned": (alg) => made(alg, { ...headerOf(alg), alg: "none" }, payload, () => Buffer.alloc(0)),
  "alg none, signed": (alg) => made(alg, { ...headerOf(alg), alg: "none" }, payload),
  "alg None in another case": (alg) => made(alg, { ...headerOf(alg), alg: "nOnE" }, payload),
  "an algorithm that is not the key's": (alg) =>
    made(alg, { ...headerOf(alg), alg: alg === "RS256" ? "EdDSA" : "RS256" }, payload),
  "an algorithm outside the list": (alg) => made(alg, { ...headerOf(alg), alg: "HS512" }, payload),
  "HS256 keyed with the public key's text": (alg) => {
    const key = alg === "EdDSA" ? ed25519 : rsa
    const pem = key.publicKey.export({ type: "spki", format: "pem" })
    return made(alg, { ...headerOf(alg), alg: "HS256", kid: key.kid }, payload, (input) => hmac(pem, input))
  },
  "another key that calls itself ours": (alg) =>
    made(alg, headerOf(alg), payload, (input) => sign(null, Buffer.from(input), stranger.privateKey)),
  "a key of the header's own": (alg) =>
    made(alg, { ...headerOf(alg), jwk: stranger.jwk, kid: stranger.kid }, payload, (input) =>
      sign(null, Buffer.from(input), stranger.privateKey)
    ),
  "a critical extension": (alg) => made(alg, { ...headerOf(alg), crit: ["exp"] }, payload),
  "type JWT": (alg) => made(alg, { ...headerOf(alg), typ: "JWT" }, payload),
  "another purpose's type": (alg) => made(alg, { ...headerOf(alg), typ: "chat+jwt" }, payload),
  "no type": (alg) => made(alg, { ...headerOf(alg), typ: undefined }, payload),
  "another issuer": (alg) => made(alg, headerOf(alg), { ...payload, iss: "veza" }),
  "another audience": (alg) => made(alg, headerOf(alg), { ...payload, aud: "veza-chat" }),
  "several audiences": (alg) => made(alg, headerOf(alg), { ...payload, aud: ["veza-app", "other"] }),
  expired: (alg) => made(alg, headerOf(alg), { ...payload, exp: now }),
  "no expiry": (alg) => made(alg, headerOf(alg), { ...payload, exp: undefined }),
  "not yet valid": (alg) => made(alg, headerOf(alg), { ...payload, nbf: now + 1 }),
  "no session": (alg) => made(alg, headerOf(alg), { ...payload, sid: undefined }),
  "cut short": (alg) => made(alg, headerOf(alg), payload).slice(0, -3),
  "with a signature spelled otherwise": (alg) => `${made(alg, headerOf(alg), payload)}=`,
  "with a part too many": (alg) => `${made(alg, headerOf(alg), payload)}.`,
  "no signature": (alg) => made(alg, headerOf(alg), payload).replace(/[^.]*$/u, ""),
  "another payload": (alg) => {
    const [header, , signature] = made(alg, headerOf(alg), payload).split(".")
    return `${header}.${part({ ...payload, role: "admin" })}.${signature}`
  },
  "too long": (alg) => made(alg, headerOf(alg), { ...payload, jti: "j".repeat(4096) })
}

describe.each(["HS256", "RS256", "EdDSA"] as const)("access tokens signed by %s", (alg) => {
  const { layer, kid } = schemes[alg]

  it.effect("come back as they were issued, named by their key", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now * 1000)
      const tokens = yield* AccessTokens
      const token = Redacted.value((yield* tokens.issue(claims)).token)
      const found = yield* tokens.verify(token)
      assert.deepInclude(found, { ...claims, exp: now + 900 })
      const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())
      assert.deepStrictEqual({ ...header }, { ...headerOf(alg) })
      assert.strictEqual(header.kid, kid)
    }).pipe(Effect.provide(layer))
  )

  it.effect("are admitted as anybody may spell them, until they expire", () =>
    Effect.gen(function* () {
      const token = made(alg, headerOf(alg), payload)
      assert.isTrue(yield* judged(token))
      yield* TestClock.setTime((now + 900) * 1000)
      assert.isTrue(Result.isFailure(yield* Effect.result((yield* AccessTokens).verify(token))))
    }).pipe(Effect.provide(layer))
  )

  it.effect.each(Object.keys(attacks))("refuse: %s", (name) =>
    Effect.gen(function* () {
      assert.isFalse(yield* judged(attacks[name]?.(alg) ?? ""))
    }).pipe(Effect.provide(layer))
  )

  it.effect("refuse any change of any character though they know the token itself, and survive any text", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now * 1000)
      const { verify, peek } = yield* AccessTokens
      const token = made(alg, headerOf(alg), payload)
      // Verified tokens are remembered by their signatures: none of these may pass for the one that is.
      yield* verify(token)
      assert.isDefined(peek(token, now * 1000))
      const isRefused = (text: string) =>
        peek(text, now * 1000) === undefined && Result.isFailure(Effect.runSync(Effect.result(verify(text))))
      fc.assert(fc.property(fc.string({ maxLength: 300 }), isRefused))
      fc.assert(
        fc.property(fc.nat(token.length - 1), fc.constantFrom("A", "b", "_", ".", "="), (at, char) => {
          fc.pre(token[at] !== char)
          return isRefused(token.slice(0, at) + char + token.slice(at + 1))
        })
      )
    }).pipe(Effect.provide(layer))
  )
})

describe("a key that was rotated", () => {
  it.effect("goes on verifying while the new one signs, and verifies nothing once it is gone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now * 1000)
      const issued = yield* Effect.provide(
        AccessTokens.use((tokens) => tokens.issue(claims)),
        settings(accessKeys(rsa, []))
      )
      const old = Redacted.value(issued.token)
      const both = settings(accessKeys(ed25519, [rsa]))
      assert.isTrue(yield* Effect.provide(judged(old), both))
      assert.isFalse(yield* Effect.provide(judged(old), settings(accessKeys(ed25519, []))))
      const fresh = yield* Effect.provide(
        AccessTokens.use((tokens) => tokens.issue(claims)),
        both
      )
      assert.isTrue(yield* Effect.provide(judged(Redacted.value(fresh.token)), schemes.EdDSA.layer))
      const published = yield* Effect.provide(
        PublishedKeys.useSync(({ all }) => all),
        both
      )
      assert.deepStrictEqual(
        published.map(({ kid }) => kid),
        [ed25519.kid, rsa.kid]
      )
    })
  )

  it("takes the place of the secret", () =>
    Effect.runPromise(
      Effect.map(
        Effect.provide(
          AccessTokens.use(({ verify }) => Effect.result(verify(made("HS256", headerOf("HS256"), payload)))),
          schemes.EdDSA.layer
        ),
        (result) => assert.isTrue(Result.isFailure(result))
      )
    ))
})

describe("key files", () => {
  const faultIn = (pem: string) => {
    const result = signingKey(pem)
    return Result.isFailure(result) ? result.failure : undefined
  }
  it("hold RSA of enough bits or Ed25519, and nothing else", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey
    const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    const pem = (key: typeof weak) => String(key.export({ type: "pkcs8", format: "pem" }))
    assert.match(faultIn(pem(weak)) ?? "", /1024 bits/)
    assert.match(faultIn(pem(curve)) ?? "", /type ec/)
    assert.match(faultIn("not a key") ?? "", /no private key/)
    assert.isUndefined(faultIn(pemOf("ed25519")))
  })
})
