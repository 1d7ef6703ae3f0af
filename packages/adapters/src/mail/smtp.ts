import { createTransport } from "nodemailer"
import { Duration, Effect, Layer, Redacted } from "effect"
import { Mailer, MailFailed } from "@veza/domain/platform"
import { toMessage } from "./message.ts"

export interface SmtpSettings {
  /** `smtp://` or `smtps://`, with credentials. */
  readonly url: Redacted.Redacted<string>
  /** The sender: an address, or `Name <address>`. */
  readonly from: string
}

/** In milliseconds; `socketTimeout` is without any progress. */
const bounds = { dnsTimeout: 5000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }
/** For one mail, its turn in the pool included. */
const sendTimeout = Duration.seconds(60)

const field = (error: unknown, name: string): string | undefined => {
  if (typeof error !== "object" || error === null) return undefined
  const value: unknown = Reflect.get(error, name)
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined
}

/** Codes only: a server's own words may repeat credentials and addresses. */
const failed = (error: unknown): MailFailed => {
  const reply = field(error, "responseCode")
  const reason = reply === undefined ? (field(error, "code") ?? "unknown error") : `the server answered ${reply}`
  return new MailFailed({ message: `The mail could not be handed to the mail server (${reason}).` })
}

/** Hands mails to an SMTP server over a few kept connections, which close with the scope. */
export const smtpMailer = ({ url, from }: SmtpSettings): Layer.Layer<Mailer> =>
  Layer.effect(
    Mailer,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => createTransport({ url: Redacted.value(url), pool: true, maxConnections: 4, ...bounds })),
        (transport) => Effect.sync(() => transport.close())
      ),
      (transport) =>
        Mailer.of({
          send: (mail) =>
            Effect.flatMap(toMessage(from, mail), (message) =>
              Effect.tryPromise({ try: () => transport.sendMail(message), catch: failed }).pipe(
                Effect.timeoutOrElse({
                  duration: sendTimeout,
                  orElse: () => Effect.fail(failed({ code: "ETIMEDOUT" }))
                }),
                Effect.asVoid
              )
            )
        })
    )
  )
