import { Clock, Effect, Layer, Redacted, Schema } from "effect"
import { AccessClaims, AccessTokens, InvalidToken, PublishedKeys } from "@veza/domain/accounts"
import { Ids, Recent } from "@veza/domain/kernel"
import { SignJWT } from "jose"
import type { AccessKeys } from "./key-files.ts"
import { keyScheme, secretScheme } from "./token-scheme.ts"

export interface AccessTokenSettings {
  readonly secret: Redacted.Redacted<string>
  /** Take precedence over the secret: its tokens are refused then. */
  readonly keys?: AccessKeys | undefined
  readonly issuer: string
  readonly audience: string
}

/** Access tokens live 15 minutes (10-accounts). */
const lifetimeSeconds = 15 * 60
/** A type of its own makes a token useless as any other (RFC 8725 §3.11, RFC 9068 §2.1). */
const type = "at+jwt"
/** Tokens whose signature was checked already; the least recently used go first. */
const cacheSize = 20_000
/** No honest token is longer. */
const maxLength = 2048

const Header = Schema.fromJsonString(
  Schema.Struct({
    alg: Schema.Literals(["HS256", "RS256", "EdDSA"]),
    typ: Schema.Literal(type),
    kid: Schema.optionalKey(Schema.String),
    crit: Schema.optionalKey(Schema.Never)
  })
)
const Payload = Schema.fromJsonString(
  Schema.Struct({
    ...AccessClaims.fields,
    iss: Schema.String,
    aud: Schema.String,
    iat: Schema.Int,
    nbf: Schema.optionalKey(Schema.Int)
  })
)
const decodeHeader = Schema.decodeUnknownOption(Header)
const decodePayload = Schema.decodeUnknownOption(Payload)
const text = (part: string): string => Buffer.from(part, "base64url").toString("utf8")

interface Verified {
  readonly token: string
  readonly claims: AccessClaims
  readonly notBefore: number
}

/**
 * Signs with jose; verifies with node:crypto, which costs a tenth of WebCrypto, and remembers what it verified (times
 * are judged at every call).
 */
export const accessTokens = (settings: AccessTokenSettings) => {
  const scheme = settings.keys === undefined ? secretScheme(settings.secret) : keyScheme(settings.keys)
  const tokens = Layer.effect(
    AccessTokens,
    Effect.gen(function* () {
      const ids = yield* Ids
      // By their signatures: the shorter the key, the quicker it is found.
      const verified = new Recent<Verified>(cacheSize)
      const signatureOf = (token: string): string => token.slice(token.lastIndexOf(".") + 1)
      const recall = (token: string): Verified | undefined => {
        const known = verified.get(signatureOf(token))
        return known?.token === token ? known : undefined
      }

      const check = (token: string): Verified | undefined => {
        if (token.length > maxLength) return undefined
        const [header = "", payload = "", signature = "", ...rest] = token.split(".")
        if (rest.length > 0) return undefined
        const presented = Buffer.from(signature, "base64url")
        if (presented.toString("base64url") !== signature) return undefined
        const said = decodeHeader(text(header))
        if (said._tag === "None" || !scheme.accepts(said.value, `${header}.${payload}`, presented)) return undefined
        const claims = decodePayload(text(payload))
        if (claims._tag === "None") return undefined
        const { iss, aud, iat: _iat, nbf, ...rest_ } = claims.value
        return iss === settings.issuer && aud === settings.audience
          ? { token, claims: rest_, notBefore: nbf ?? 0 }
          : undefined
      }

      const holds = ({ claims, notBefore }: Verified, millis: number): boolean =>
        claims.exp > millis / 1000 && notBefore <= millis / 1000

      return AccessTokens.of({
        peek: (token, millis) => {
          const known = recall(token)
          return known !== undefined && holds(known, millis) ? known.claims : undefined
        },
        issue: Effect.fnUntraced(function* (claims) {
          const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
          const jti = yield* ids.entity
          const token = yield* Effect.promise(() =>
            new SignJWT({ sid: claims.sid, token_version: claims.token_version, role: claims.role })
              .setProtectedHeader({ ...scheme.header, typ: type })
              .setSubject(claims.sub)
              .setIssuer(settings.issuer)
              .setAudience(settings.audience)
              .setJti(jti)
              .setIssuedAt(now)
              .setExpirationTime(now + lifetimeSeconds)
              .sign(scheme.signWith)
          )
          return { token: Redacted.make(token), expiresIn: lifetimeSeconds }
        }),
        verify: (token) =>
          Effect.flatMap(Clock.currentTimeMillis, (millis) => {
            const known = recall(token)
            const value = known ?? check(token)
            if (value === undefined) return Effect.fail(new InvalidToken())
            if (known === undefined) verified.set(signatureOf(token), value)
            return holds(value, millis) ? Effect.succeed(value.claims) : Effect.fail(new InvalidToken())
          })
      })
    })
  )
  return Layer.merge(tokens, Layer.succeed(PublishedKeys, { all: scheme.published }))
}
