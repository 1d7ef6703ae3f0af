import { Effect, Redacted } from "effect"
import * as Accounts from "@veza/domain/accounts"
import { RequestActor, SessionActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { InvalidRequest } from "../contract/errors.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { Limits } from "../koa/limits.ts"
import type { Services } from "../koa/services.ts"
import { countLogin, handOut, ownUser } from "./accounts.ts"
import { proofOf } from "./proof-of.ts"

type Handlers = HandlersOf<typeof Api, Services>["secondFactor"]

const missing = (field: string) => new InvalidRequest({ faults: [{ field, message: "is required" }] })

/** Whoever proves who they are, signed in or not, may try as often as at a log-in. */
const limited = Effect.fnUntraced(function* () {
  const actor = yield* SessionActor
  yield* (yield* Limits).byAccount(yield* Exchange, actor.userId)
  return actor
})

const setUp: Handlers["setUp"] = Effect.fnUntraced(function* () {
  const { secret, uri, qrSvg } = yield* Accounts.setUpSecondFactor(yield* SessionActor)
  return {
    secret: Redacted.value(secret),
    otpauth_uri: uri,
    qr_svg: qrSvg,
    qr_data_uri: `data:image/svg+xml;base64,${Buffer.from(qrSvg).toString("base64")}`
  }
})

const shown = (codes: ReadonlyArray<Redacted.Redacted<string>>) => ({ backup_codes: codes.map(Redacted.value) })

const enable: Handlers["enable"] = Effect.fnUntraced(function* ({ payload }) {
  return shown(yield* Accounts.enableSecondFactor(yield* limited(), Redacted.make(payload.code)))
})

const disable: Handlers["disable"] = Effect.fnUntraced(function* ({ payload }) {
  const actor = yield* limited()
  const proof = proofOf(payload.code, payload.backup_code)
  if (proof === undefined) return yield* missing("code")
  yield* Accounts.disableSecondFactor(actor, Redacted.make(payload.password), proof)
  return { message: "Two-factor authentication is off." }
})

const regenerateBackupCodes: Handlers["regenerateBackupCodes"] = Effect.fnUntraced(function* ({ payload }) {
  return shown(yield* Accounts.regenerateBackupCodes(yield* limited(), Redacted.make(payload.code)))
})

const verify: Handlers["verify"] = Effect.fnUntraced(function* ({ payload }) {
  const proof = proofOf(payload.code, payload.backup_code)
  if (proof === undefined) return yield* missing("code")
  const challenge = Redacted.make(payload.challenge)
  const signedIn = yield* Accounts.verifySecondFactor(yield* RequestActor, challenge, proof).pipe(
    Effect.tapError((error) => countLogin(error._tag))
  )
  yield* countLogin("ok")
  return { user: ownUser(signedIn.user), ...(yield* handOut(signedIn)) }
})

/** The code where both were sent: it proves more. */
const proofIn = (password: string | undefined, code: string | undefined): Accounts.Reauthentication | undefined => {
  if (code !== undefined) return { by: "totp", secret: Redacted.make(code) }
  return password === undefined ? undefined : { by: "password", secret: Redacted.make(password) }
}

const reauthenticate: Handlers["reauthenticate"] = Effect.fnUntraced(function* ({ payload }) {
  const actor = yield* limited()
  const proof = proofIn(payload.password, payload.totp_code)
  if (proof === undefined) return yield* missing("password")
  yield* Accounts.reauthenticate(actor, proof)
  return { message: "Confirmed. Sensitive changes are open for ten minutes." }
})

export const secondFactor: Handlers = { setUp, enable, disable, regenerateBackupCodes, verify, reauthenticate }
