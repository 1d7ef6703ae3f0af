import { Effect, Metric, Schema } from "effect"
import * as Domain from "@veza/domain/distribution"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { readRawBody } from "../koa/json-body.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["storeWebhooks"]

/** Bytes of a callback at most. */
const maxCallbackBytes = 64 * 1024

const callbacks = Metric.counter("veza_distribution_callbacks_total", {
  description: "Callbacks of stores whose signature was right, by store and outcome",
  incremental: true
})
const isPlatform = Schema.is(Domain.Platform)

const report: Handlers["report"] = Effect.fnUntraced(function* ({ params: { provider }, headers }) {
  const body = yield* readRawBody(yield* Exchange, maxCallbackBytes)
  if (!isPlatform(provider)) return yield* new Domain.UnknownStore()
  const callback = { body, signature: headers["x-veza-signature"] ?? "" }
  const outcome = yield* Domain.takeCallback(yield* RequestActor, provider, callback)
  yield* Metric.update(Metric.withAttributes(callbacks, { platform: provider, outcome }), 1)
  return { message: "Noted" }
})

export const storeWebhooks: Handlers = { report }
