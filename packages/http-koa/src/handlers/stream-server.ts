import { Effect, Redacted } from "effect"
import { reportStream } from "@veza/domain/tracks"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["streamServer"]

const report: Handlers["report"] = Effect.fnUntraced(function* ({ params, headers, payload }) {
  const key = headers["x-internal-api-key"]
  yield* reportStream(key === undefined ? undefined : Redacted.make(key), params.id, payload)
  return { message: "Noted" }
})

export const streamServer: Handlers = { report }
