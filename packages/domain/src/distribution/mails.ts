import { Effect, Option } from "effect"
import { type DistributionNews, mailToOwner, Users } from "../accounts/index.ts"
import { type EventContext, Outbox } from "../kernel/index.ts"
import { type Platform, platformNames } from "./platform.ts"
import type { Verdict } from "./report.ts"
import type { PlatformStatus } from "./status.ts"
import type { MessageKind, Submission } from "./submission.ts"

/** What a mail about a submission says of it. */
export type MailedSubmission = Pick<Submission, "id" | "ownerId" | "releaseId" | "title">

/** The mail of a status; nothing where its owner did it, or has only to wait. */
export const newsOfStatus = (status: PlatformStatus): DistributionNews | undefined => {
  switch (status) {
    case "live":
    case "rejected":
    case "failed":
    case "taken_down":
    case "withdrawn":
      return status
    case "pending":
    case "submitted":
    case "processing":
    case "takedown_requested":
      return undefined
  }
}

/** The mail of a store's word. */
export const newsOf = (
  verdict: Exclude<Verdict, { readonly _tag: "Ignore" }>,
  kind: MessageKind
): DistributionNews | undefined => {
  if (verdict._tag === "Move") return newsOfStatus(verdict.to)
  if (verdict._tag === "Again") return "takedown_refused"
  return kind === "update" ? "change_refused" : undefined
}

/** Asks for a mail to the owner of a submission, within the current transaction. */
export const tellOwner = Effect.fnUntraced(function* (
  { id, ownerId, title }: MailedSubmission,
  platform: Platform,
  news: DistributionNews | undefined,
  reason: string | null,
  context: EventContext
) {
  if (news === undefined) return
  const owner = Option.getOrUndefined(yield* (yield* Users).byId(ownerId))
  const store = platformNames[platform]
  const mails = mailToOwner(
    owner,
    (to, username) => ({ template: "distribution_news", to, username, news, title, store, reason, submissionId: id }),
    context
  )
  yield* (yield* Outbox).append(mails)
})
