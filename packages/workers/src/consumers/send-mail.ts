import { Context, Effect, Schema } from "effect"
import { type MailRequest, renderMail } from "@veza/domain/accounts"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { Mailer } from "@veza/domain/platform"

/** Where the links in mails lead (FRONTEND_URL). */
export class FrontendUrl extends Context.Service<FrontendUrl, string>()("@veza/workers/FrontendUrl") {}

const Payload = Schema.Union([
  Schema.Struct({
    template: Schema.Literal("verify_email"),
    to: Schema.String,
    username: Schema.String,
    token: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("address_already_registered"), to: Schema.String }),
  Schema.Struct({
    template: Schema.Literal("reset_password"),
    to: Schema.String,
    username: Schema.String,
    token: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("password_changed"), to: Schema.String, username: Schema.String }),
  Schema.Struct({
    template: Schema.Literal("api_key_created"),
    to: Schema.String,
    username: Schema.String,
    name: Schema.String,
    prefix: Schema.String
  }),
  Schema.Struct({
    template: Schema.Literal("account_banned"),
    to: Schema.String,
    username: Schema.String,
    reason: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("account_unbanned"), to: Schema.String, username: Schema.String }),
  Schema.Struct({
    template: Schema.Literals([
      "second_factor_enabled",
      "second_factor_disabled",
      "email_change_requested",
      "email_changed"
    ]),
    to: Schema.String,
    username: Schema.String
  }),
  Schema.Struct({
    template: Schema.Literal("change_email"),
    to: Schema.String,
    username: Schema.String,
    token: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("address_in_use"), to: Schema.String }),
  Schema.Struct({
    template: Schema.Literal("export_ready"),
    to: Schema.String,
    username: Schema.String,
    exportId: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("account_deleted"), to: Schema.String, username: Schema.String }),
  Schema.Struct({
    template: Schema.Literal("identity_linked"),
    to: Schema.String,
    username: Schema.String,
    provider: Schema.String
  }),
  Schema.Struct({ template: Schema.Literal("none") })
])
const decode = Schema.decodeUnknownEffect(Payload)

const send = Effect.fnUntraced(function* (request: MailRequest) {
  const mail = renderMail(request, yield* FrontendUrl)
  if (mail !== undefined) yield* (yield* Mailer).send(mail)
})

/** Sends the mails that use-cases ask for. A crash between sending and remembering may send one twice, never none. */
export const sendMail: Consumer<Inbox | Mailer | FrontendUrl> = {
  name: "send-mail",
  types: ["mail.requested"],
  handle: (event) => Effect.flatMap(decode(event.payload), (request) => handleOnce("send-mail", event, send(request)))
}
