import { Clock, Effect, Redacted } from "effect"
import {
  type Origin,
  permits,
  Secrets,
  type SignedIn,
  type TemporarilyUnavailable,
  type WithKey
} from "../kernel/index.ts"
import { claimsToBeApiKey, isWellFormedApiKey } from "./api-key.ts"
import { InvalidApiKey } from "./api-key-errors.ts"
import { type KeyPrincipal, KeyPrincipals } from "./api-key-ports.ts"
import { authenticate, type Refusal } from "./authenticate.ts"
import { KeyUsage } from "./key-usage.ts"
import type { AccessTokens, Principals, Sessions } from "./ports.ts"

/**
 * May this key be used at `nowMillis`? Sessions and token versions are no business of keys; who is banned, deactivated or
 * deleted is refused with all their keys (05-decisions, "Keys and tokens").
 */
export const admitsKey = (principal: KeyPrincipal, nowMillis: number): boolean =>
  principal.isAdmitted && (principal.endsAt === null || principal.endsAt > nowMillis)

/** What a key may do now: a former administrator's keys have lost `admin`. */
export const scopesOf = ({ role, scopes }: KeyPrincipal): KeyPrincipal["scopes"] =>
  permits(role, "platform.administrate") ? scopes : scopes.filter((scope) => scope !== "admin")

const toActor = (principal: KeyPrincipal, origin: Origin): WithKey => ({
  _tag: "SignedIn",
  by: "key",
  userId: principal.userId,
  keyId: principal.keyId,
  role: principal.role,
  isVerified: principal.isVerified,
  scopes: scopesOf(principal),
  origin
})

/**
 * Whose key this is. A malformed one costs no look-up; in the usual case nothing is asked of the database. When the record
 * cannot be had, the answer is an error, never an admission.
 */
export const authenticateKey = Effect.fnUntraced(function* (text: string, origin: Origin) {
  if (!isWellFormedApiKey(text)) return yield* new InvalidApiKey()
  const digest = (yield* Secrets).digest(Redacted.make(text))
  const principals = yield* KeyPrincipals
  const principal = principals.peek(digest) ?? (yield* principals.of(digest))
  const now = yield* Clock.currentTimeMillis
  if (principal === undefined || !admitsKey(principal, now)) return yield* new InvalidApiKey()
  ;(yield* KeyUsage).note(principal.keyId, now)
  return toActor(principal, origin)
})

/** What a request shows of itself; the empty string for what it does not. */
export interface Presented {
  /** From the cookie, else the Bearer token. */
  readonly token: string
  /** The header `X-API-Key`. */
  readonly apiKey: string
}

/**
 * Who presents this, in the order of 05-decisions, "Keys and tokens": a token that begins like a key is tried as one
 * first, then as an access token; the key's own header counts only without a token, and only when it begins like a key.
 * Undefined when nothing was presented that counts.
 */
export const recognise = (
  { token, apiKey }: Presented,
  origin: Origin
):
  | Effect.Effect<
      SignedIn,
      Refusal | InvalidApiKey | TemporarilyUnavailable,
      AccessTokens | Principals | Sessions | Secrets | KeyPrincipals | KeyUsage
    >
  | undefined => {
  if (token === "") return claimsToBeApiKey(apiKey) ? authenticateKey(apiKey, origin) : undefined
  return claimsToBeApiKey(token)
    ? Effect.catchTag(authenticateKey(token, origin), "InvalidApiKey", () => authenticate(token, origin))
    : authenticate(token, origin)
}
