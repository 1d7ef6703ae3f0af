import { Effect, Metric, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { wholeList } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>

const issued = Metric.counter("veza_api_keys_issued_total", {
  description: "API keys made, by what for",
  incremental: true
})
const countIssued = (how: "created" | "rotated") => Metric.update(Metric.withAttributes(issued, { how }), 1)

const keyView = (key: Accounts.ApiKey) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  created_at: key.createdAt,
  last_used_at: key.lastUsedAt,
  expires_at: key.expiresAt,
  retires_at: key.retiresAt
})

const list: Handlers["apiKeys"]["list"] = Effect.fnUntraced(function* () {
  const keys = yield* Accounts.listApiKeys(yield* SessionActor)
  return wholeList(keys.map(keyView))
})

const create: Handlers["apiKeys"]["create"] = Effect.fnUntraced(function* ({ payload }) {
  const { name, scopes, expires_at: expiresAt = null } = payload
  const { key, secret } = yield* Accounts.createApiKey(yield* SessionActor, { name, scopes, expiresAt })
  yield* countIssued("created")
  return { ...keyView(key), key: Redacted.value(secret) }
})

const revoke: Handlers["apiKeys"]["revoke"] = Effect.fnUntraced(function* ({ params }) {
  yield* Accounts.revokeApiKey(yield* SessionActor, params.id)
  return { message: "The API key is revoked" }
})

const rotate: Handlers["apiKeys"]["rotate"] = Effect.fnUntraced(function* ({ params, payload }) {
  const overlap = payload.overlap_seconds ?? Accounts.keyOverlap.standard
  const { key, secret } = yield* Accounts.rotateApiKey(yield* SessionActor, params.id, overlap)
  yield* countIssued("rotated")
  return { ...keyView(key), key: Redacted.value(secret) }
})

export const apiKeys: Handlers["apiKeys"] = { list, create, revoke, rotate }
