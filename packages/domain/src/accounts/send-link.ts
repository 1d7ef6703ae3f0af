import { type DateTime, Effect, Redacted } from "effect"
import { type Actor, contextOf, type IssuedSecret, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { mailRequested } from "./events.ts"
import type { MailRequest } from "./mail-request.ts"
import { MailTokens, type TokenPurpose } from "./ports.ts"
import { emailKey, type User } from "./user.ts"

export interface Link {
  readonly purpose: TokenPurpose
  readonly expiresAt: DateTime.Utc
  readonly mail: (to: User, token: string) => MailRequest
}

const store = Effect.fnUntraced(function* (
  actor: Actor,
  email: string,
  user: User | undefined,
  link: Link,
  token: IssuedSecret
) {
  yield* (yield* MailTokens).add({
    digest: token.digest,
    purpose: link.purpose,
    userId: user?.id,
    expiresAt: link.expiresAt
  })
  const mail: MailRequest = user === undefined ? { template: "none" } : link.mail(user, Redacted.value(token.secret))
  yield* (yield* Outbox).append([mailRequested(emailKey(email), mail, contextOf(actor, user?.id))])
})

/**
 * Mails a single-use link to `user`, or does the same work for nobody: who asks for a link to some address must not learn
 * from the answer or its time whether it has an account (10-accounts).
 */
export const sendLink = (actor: Actor, email: string, user: User | undefined, link: Link) =>
  sendLinks(actor, email, [user], () => link)

/** The same for several, all or none of them; the work goes by their number alone. */
export const sendLinks = Effect.fnUntraced(function* (
  actor: Actor,
  email: string,
  recipients: ReadonlyArray<User | undefined>,
  linkFor: (user: User | undefined) => Link
) {
  const { issue } = yield* Secrets
  const stored = Effect.forEach(
    recipients,
    (user) => Effect.flatMap(issue, (token) => store(actor, email, user, linkFor(user), token)),
    { discard: true }
  )
  yield* (yield* Transaction).atomically(stored)
})
