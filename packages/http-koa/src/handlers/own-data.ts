import { Effect, Metric, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { clearTokenCookies } from "../koa/cookies.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { streamFile } from "../koa/stream-file.ts"
import { wholeList } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["ownData"]

const deleted = Metric.counter("veza_accounts_deleted_total", {
  description: "Accounts deleted by their owners",
  incremental: true
})

const requestExport: Handlers["requestExport"] = () => Effect.flatMap(SessionActor, Accounts.requestExport)

const listExports: Handlers["listExports"] = Effect.fnUntraced(function* () {
  const exports = yield* Accounts.listExports(yield* SessionActor)
  const views = exports.map((one) => ({
    id: one.id,
    status: one.status,
    size_bytes: one.sizeBytes,
    requested_at: one.requestedAt,
    ready_at: one.readyAt,
    expires_at: one.expiresAt
  }))
  return wholeList(views)
})

const downloadExport: Handlers["downloadExport"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  const { key, file } = yield* Accounts.openExport(yield* SessionActor, params.id)
  ctx.set("Content-Disposition", `attachment; filename="veza-export-${params.id}.zip"`)
  const archive = { file, contentType: "application/zip", etag: `"${key}"` }
  yield* streamFile(ctx, archive, (yield* HostSettings).streamIdle)
}, Effect.scoped)

const deleteAccount: Handlers["deleteAccount"] = Effect.fnUntraced(function* ({ payload }) {
  yield* Accounts.deleteAccount(yield* SessionActor, {
    password: Redacted.make(payload.password),
    keepPublicTracks: payload.keep_public_tracks ?? false
  })
  yield* Metric.update(deleted, 1)
  clearTokenCookies(yield* Exchange, (yield* HostSettings).cookies)
  return { message: "Your account is deleted" }
})

export const ownData: Handlers = { requestExport, listExports, downloadExport, deleteAccount }
