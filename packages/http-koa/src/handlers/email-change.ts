import { Effect, Redacted } from "effect"
import { confirmEmailChange, requestEmailChange } from "@veza/domain/accounts"
import { RequestActor, SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["emailChange"]

const request: Handlers["request"] = Effect.fnUntraced(function* ({ payload }) {
  yield* requestEmailChange(yield* SessionActor, payload.email)
  return { message: "Please confirm the new address with the link we have sent there; until then nothing changes." }
})

const confirm: Handlers["confirm"] = Effect.fnUntraced(function* ({ payload }) {
  yield* confirmEmailChange(yield* RequestActor, Redacted.make(payload.token))
  return { message: "Your e-mail address is changed." }
})

export const emailChange: Handlers = { request, confirm }
