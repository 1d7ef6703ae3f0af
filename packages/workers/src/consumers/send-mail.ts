import { Context, Effect, Schema } from "effect"
import { MailRequest, renderMail } from "@veza/domain/accounts"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"
import { Mailer } from "@veza/domain/platform"

/** Where the links in mails lead (FRONTEND_URL). */
export class FrontendUrl extends Context.Service<FrontendUrl, string>()("@veza/workers/FrontendUrl") {}

const decode = Schema.decodeUnknownEffect(MailRequest)

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
