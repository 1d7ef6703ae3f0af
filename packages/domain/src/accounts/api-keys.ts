import { DateTime, Effect, Option, Redacted } from "effect"
import {
  ApiKeyId,
  contextOf,
  Ids,
  type InSession,
  type KeyScope,
  type NewEvent,
  Outbox,
  requirePermission,
  Secrets,
  Transaction
} from "../kernel/index.ts"
import { type ApiKey, composeApiKey, maxLivingKeys, prefixOfApiKey } from "./api-key.ts"
import { ApiKeyNotFound, ApiKeyRotated, ExpiryInThePast, TooManyApiKeys } from "./api-key-errors.ts"
import { ApiKeys } from "./api-key-ports.ts"
import { UserNotFound } from "./errors.ts"
import { apiKeyCreated, apiKeyRevoked, apiKeyRotated, mailRequested } from "./events.ts"
import { Principals, Users } from "./ports.ts"
import { requireFresh } from "./step-up.ts"

/** What a key is to be; a rotated one hands it on to its successor. */
export interface KeyPlan {
  readonly name: string
  readonly scopes: ReadonlyArray<KeyScope>
  readonly expiresAt: DateTime.Utc | null
}

/** The living keys of the caller. */
export const listApiKeys = Effect.fnUntraced(function* (actor: InSession) {
  return yield* (yield* ApiKeys).living(actor.userId, yield* DateTime.now)
})

const mayGrant = Effect.fnUntraced(function* (actor: InSession, scopes: ReadonlyArray<KeyScope>) {
  if (scopes.includes("admin")) yield* requirePermission(actor, "platform.administrate")
})

/** Makes a key and tells its owner by mail; `event` is what the audit learns of it. */
const issue = Effect.fnUntraced(function* (
  actor: InSession,
  plan: KeyPlan,
  now: DateTime.Utc,
  event: (key: ApiKey) => NewEvent
) {
  yield* mayGrant(actor, plan.scopes)
  const user = Option.getOrUndefined(yield* (yield* Users).byId(actor.userId))
  if (user === undefined) return yield* new UserNotFound()
  const secrets = yield* Secrets
  const text = composeApiKey(Redacted.value((yield* secrets.issue).secret))
  const secret = Redacted.make(text)
  const key: ApiKey = {
    id: ApiKeyId.make(yield* (yield* Ids).entity),
    userId: user.id,
    name: plan.name,
    prefix: prefixOfApiKey(text),
    scopes: plan.scopes,
    createdAt: now,
    lastUsedAt: null,
    expiresAt: plan.expiresAt,
    retiresAt: null
  }
  const added = yield* (yield* ApiKeys).add(key, secrets.digest(secret), maxLivingKeys)
  if (!added) return yield* new TooManyApiKeys({ limit: maxLivingKeys })
  const { email: to, username } = user
  yield* (yield* Outbox).append([
    event(key),
    mailRequested(
      user.id,
      { template: "api_key_created", to, username, name: key.name, prefix: key.prefix },
      contextOf(actor)
    )
  ])
  return { key, secret }
})

const facts = ({ id, name, prefix, scopes, expiresAt }: ApiKey) => ({
  api_key_id: id,
  name,
  prefix,
  scopes,
  expires_at: expiresAt === null ? null : DateTime.formatIso(expiresAt)
})

const create = Effect.fnUntraced(function* (actor: InSession, plan: KeyPlan) {
  const now = yield* DateTime.now
  if (plan.expiresAt !== null && DateTime.isLessThanOrEqualTo(plan.expiresAt, now)) return yield* new ExpiryInThePast()
  return yield* issue(actor, plan, now, (key) => apiKeyCreated(actor.userId, facts(key), contextOf(actor)))
})

/**
 * Makes a key, answered once; only its digest is kept (10-accounts, "Developer keys"). It outlives the session, so it
 * needs a fresh proof of who asks. `admin` is for administrators; a user has at most `maxLivingKeys` living keys.
 */
export const createApiKey = Effect.fn("accounts.createApiKey")(function* (actor: InSession, plan: KeyPlan) {
  yield* requireFresh(actor)
  return yield* (yield* Transaction).atomically(create(actor, plan))
})

/** Why a key could not be rotated. */
const notRotatable = Effect.fnUntraced(function* (actor: InSession, id: ApiKeyId) {
  const living = yield* listApiKeys(actor)
  return yield* living.some((key) => key.id === id) ? new ApiKeyRotated() : new ApiKeyNotFound()
})

const rotate = Effect.fnUntraced(function* (actor: InSession, id: ApiKeyId, overlap: number) {
  const now = yield* DateTime.now
  const retiresAt = DateTime.add(now, { seconds: overlap })
  const retired = Option.getOrUndefined(yield* (yield* ApiKeys).retire(id, actor.userId, retiresAt, now))
  if (retired === undefined) return yield* notRotatable(actor, id)
  const issued = yield* issue(actor, retired, now, (key) =>
    apiKeyRotated(
      actor.userId,
      { ...facts(key), predecessor_id: id, predecessor_retires_at: DateTime.formatIso(retiresAt) },
      contextOf(actor)
    )
  )
  yield* (yield* Principals).invalidate(actor.userId)
  return issued
})

/**
 * Makes a successor with the same name, scopes and expiry, once however many ask at the same time; the old key lives on
 * for `overlap` seconds. Both count among the living ones until then.
 */
export const rotateApiKey = Effect.fn("accounts.rotateApiKey")(function* (
  actor: InSession,
  id: ApiKeyId,
  overlap: number
) {
  yield* requireFresh(actor)
  return yield* (yield* Transaction).atomically(rotate(actor, id, overlap))
})

const revoke = Effect.fnUntraced(function* (actor: InSession, id: ApiKeyId) {
  const revoked = yield* (yield* ApiKeys).revoke(id, actor.userId, yield* DateTime.now)
  if (!revoked) return yield* new ApiKeyNotFound()
  yield* (yield* Principals).invalidate(actor.userId)
  yield* (yield* Outbox).append([apiKeyRevoked(actor.userId, { api_key_id: id }, contextOf(actor))])
})

/** Ends one of the caller's keys: at once here, within a second on every other process. */
export const revokeApiKey = Effect.fn("accounts.revokeApiKey")(function* (actor: InSession, id: ApiKeyId) {
  yield* (yield* Transaction).atomically(revoke(actor, id))
})

/** How long an ended key is remembered, for questions about it. */
const memory = { days: 30 } as const

/** Job: removes keys that ended a month ago; answers how many. */
export const forgetEndedKeys = Effect.fn("accounts.forgetEndedKeys")(function* () {
  return yield* (yield* ApiKeys).forget(DateTime.subtract(yield* DateTime.now, memory))
})
