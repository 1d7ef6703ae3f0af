import { Effect } from "effect"
import { maxDeliveryBytes, receiveDelivery } from "@veza/domain/payments"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { readRawBody } from "../koa/json-body.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["paymentWebhooks"]

const hyperswitch: Handlers["hyperswitch"] = Effect.fnUntraced(function* ({ headers }) {
  const body = yield* readRawBody(yield* Exchange, maxDeliveryBytes)
  yield* receiveDelivery(yield* RequestActor, { body, signature: headers["x-webhook-signature-512"] })
  return { message: "Noted" }
})

export const paymentWebhooks: Handlers = { hyperswitch }
