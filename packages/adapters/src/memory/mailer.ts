import { Context, Effect, Layer } from "effect"
import { type Mail, Mailer } from "@veza/domain/platform"

/** How many mails are kept; older ones go first. */
const capacity = 1000

/** The mails that were handed to the in-memory mailer, oldest first. */
export class SentMails extends Context.Service<SentMails, { readonly all: Effect.Effect<ReadonlyArray<Mail>> }>()(
  "@veza/adapters/memory/SentMails"
) {}

/** Keeps mails instead of sending them. */
export const mailerMemory = Layer.effectContext(
  Effect.sync(() => {
    const sent: Array<Mail> = []
    const mailer = Mailer.of({
      send: (mail) =>
        Effect.sync(() => {
          sent.push(mail)
          if (sent.length > capacity) sent.shift()
        })
    })
    return Context.make(Mailer, mailer).pipe(Context.add(SentMails, { all: Effect.sync(() => [...sent]) }))
  })
)
