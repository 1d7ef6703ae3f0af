import { Effect } from "effect"
import { PublishedKeys } from "@veza/domain/accounts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["tokenKeys"]

const jwks: Handlers["jwks"] = Effect.fnUntraced(function* () {
  const ctx = yield* Exchange
  ctx.status = 200
  ctx.type = "application/jwk-set+json"
  ctx.body = JSON.stringify({ keys: (yield* PublishedKeys).all.map(({ jwk }) => jwk) })
})

export const tokenKeys: Handlers = { jwks }
