import { DateTime, Effect, Schema } from "effect"
import { type Actor, contextOf, Ids, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { userTermsAccepted } from "./events.ts"
import { Terms } from "./preference-ports.ts"

/** The documents that people agree to. */
export const TermsType = Schema.Literals([
  "terms_of_service",
  "privacy_policy",
  "community_guidelines",
  "creator_agreement"
])
export type TermsType = typeof TermsType.Type

export interface TermsDocument {
  readonly type: TermsType
  readonly version: string
  readonly title: string
  /** Where the whole text stands, at the front end. */
  readonly url: string
  readonly summary: string
  readonly publishedAt: DateTime.Utc
  /** When whoever asks accepted this version. */
  readonly acceptedAt: DateTime.Utc | null
}

/** The version is not the one in force. */
export class StaleTermsVersion extends Schema.TaggedError<StaleTermsVersion>()("StaleTermsVersion", {
  type: TermsType,
  currentVersion: Schema.NullOr(Schema.String)
}) {}

export interface Consent {
  readonly type: TermsType
  readonly version: string
}

/** The first consent that is not to a version in force. */
export const staleAmong = (
  consents: ReadonlyArray<Consent>,
  current: ReadonlyArray<Pick<TermsDocument, "type" | "version">>
): StaleTermsVersion | undefined => {
  const versions = new Map(current.map(({ type, version }) => [type, version]))
  const stale = consents.find(({ type, version }) => versions.get(type) !== version)
  return stale && new StaleTermsVersion({ type: stale.type, currentVersion: versions.get(stale.type) ?? null })
}

/** The documents in force, and for who is signed in which of them they accepted. */
export const currentTerms = Effect.fnUntraced(function* (actor: Actor) {
  return yield* (yield* Terms).current(actor._tag === "SignedIn" ? actor.userId : undefined, yield* DateTime.now)
})

const record = Effect.fnUntraced(function* (actor: InSession, consents: ReadonlyArray<Consent>) {
  const terms = yield* Terms
  const now = yield* DateTime.now
  const stale = staleAmong(consents, yield* terms.current(undefined, now))
  if (stale !== undefined) return yield* stale
  for (const { type, version } of consents) {
    const isNew = yield* terms.accept({
      id: yield* (yield* Ids).row,
      userId: actor.userId,
      type,
      version,
      acceptedAt: now,
      ip: actor.origin.ip,
      userAgent: actor.origin.userAgent
    })
    if (isNew) yield* (yield* Outbox).append([userTermsAccepted(actor.userId, { type, version }, contextOf(actor))])
  }
})

/**
 * Records that the caller agrees to versions in force, all of them or none (10-accounts, "Terms"). Agreeing twice is no
 * mistake: the first time stays.
 */
export const acceptTerms = Effect.fn("accounts.acceptTerms")(function* (
  actor: InSession,
  consents: ReadonlyArray<Consent>
) {
  yield* (yield* Transaction).atomically(record(actor, consents))
  return yield* currentTerms(actor)
})
