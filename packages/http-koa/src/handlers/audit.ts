import { Effect } from "effect"
import { cursorAfter } from "@veza/domain/kernel"
import * as Platform from "@veza/domain/platform"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["audit"]

const view = (entry: Platform.AuditEntry) => ({
  sequence: entry.sequence,
  id: entry.id,
  at: entry.at,
  actor: entry.actor,
  action: entry.action,
  resource: entry.resource,
  resource_id: entry.resourceId,
  ip: entry.ip,
  user_agent: entry.userAgent,
  request_id: entry.requestId,
  metadata: entry.metadata,
  hash: entry.hash
})

const logs: Handlers["logs"] = Effect.fnUntraced(function* ({ query }) {
  const { actor, action, resource, resource_id: resourceId, from, to } = query
  const filter: Platform.AuditFilter = { actor, action, resource, resourceId, from, to }
  const { plan, page } = yield* Platform.listAuditEntries(yield* SignedInActor, filter, query)
  const next = page.next === undefined ? undefined : cursorAfter(Platform.auditList, plan, filter, page.next)
  return { list: page.items.map(view), pagination: pagination(page, plan, next) }
})

const stats: Handlers["stats"] = Effect.fnUntraced(function* ({ query }) {
  const { from, to, actions } = yield* Platform.auditStatistics(yield* SignedInActor, query)
  return { from, to, total: actions.reduce((sum, { count }) => sum + count, 0), actions }
})

export const audit: Handlers = { logs, stats }
