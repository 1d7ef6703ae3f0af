import { Effect, Option } from "effect"
import * as Accounts from "@veza/domain/accounts"
import type { Actor } from "@veza/domain/kernel"
import { RequestActor, SessionActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { wholeList } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>

const settings: Handlers["preferences"]["settings"] = () => Effect.flatMap(SignedInActor, Accounts.readSettings)

const changeSettings: Handlers["preferences"]["changeSettings"] = Effect.fnUntraced(function* ({ payload }) {
  return yield* Accounts.changeSettings(yield* SignedInActor, payload)
})

const optOutView = (choice: Option.Option<Accounts.OptOut>) =>
  Option.match(choice, {
    onNone: () => ({ opted_out: false, source: null, opted_out_at: null }),
    onSome: ({ source, at }) => ({ opted_out: true, source, opted_out_at: at })
  })

const privacyOptOut: Handlers["preferences"]["privacyOptOut"] = Effect.fnUntraced(function* () {
  return optOutView(yield* Accounts.readOptOut((yield* SignedInActor).userId))
})

const optOut: Handlers["preferences"]["optOut"] = Effect.fnUntraced(function* () {
  const actor = yield* SignedInActor
  const source = actor.origin.globalPrivacyControl === true ? "gpc" : "request"
  return optOutView(Option.some(yield* Accounts.optOut(actor, source)))
})

const termsView = (documents: ReadonlyArray<Accounts.TermsDocument>, actor: Actor) =>
  wholeList(
    documents.map(({ publishedAt, acceptedAt, ...document }) => ({
      ...document,
      published_at: publishedAt,
      ...(actor._tag === "SignedIn" ? { accepted_at: acceptedAt } : {})
    }))
  )

const currentTerms: Handlers["legal"]["currentTerms"] = Effect.fnUntraced(function* () {
  const actor = yield* RequestActor
  if (actor._tag === "SignedIn") (yield* Exchange).set("Cache-Control", "no-store")
  return termsView(yield* Accounts.currentTerms(actor), actor)
})

const acceptTerms: Handlers["legal"]["acceptTerms"] = Effect.fnUntraced(function* ({ payload }) {
  const actor = yield* SessionActor
  return termsView(yield* Accounts.acceptTerms(actor, payload), actor)
})

export const preferences: Handlers["preferences"] = { settings, changeSettings, privacyOptOut, optOut }
export const legal: Handlers["legal"] = { currentTerms, acceptTerms }
