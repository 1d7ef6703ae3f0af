import { DateTime, Effect, Option } from "effect"
import {
  type Actor,
  contextOf,
  Ids,
  type ListQuery,
  type ListSpec,
  Outbox,
  ownsOrAdministers,
  planList,
  type SignedIn,
  Transaction
} from "../kernel/index.ts"
import { ReleaseChanged, ReleaseNotFound } from "./errors.ts"
import { releaseCreated, releaseUpdated } from "./events.ts"
import { Releases, type ReleaseSort } from "./ports.ts"
import { Release, type ReleaseDraft, ReleaseId } from "./release.ts"
import { gatherFacts } from "./release-facts.ts"
import { releaseFaults } from "./validate-release.ts"

/** A release of the caller's; to everybody else but administrators there is none. */
export const visibleRelease = Effect.fnUntraced(function* (actor: Actor, id: ReleaseId) {
  const found = Option.getOrUndefined(yield* (yield* Releases).byId(id))
  return found !== undefined && ownsOrAdministers(actor, found.ownerId) ? found : yield* new ReleaseNotFound()
})

/** The same for those who change it: nobody distributes for somebody else. */
export const ownRelease = Effect.fnUntraced(function* (actor: SignedIn, id: ReleaseId) {
  const found = Option.getOrUndefined(yield* (yield* Releases).byId(id))
  return found !== undefined && found.ownerId === actor.userId ? found : yield* new ReleaseNotFound()
})

const withFaults = Effect.fnUntraced(function* (release: Release) {
  const facts = yield* gatherFacts(release.ownerId, release.draft, release.cover, release.id)
  // The day of sale may be told with the submission.
  const faults = releaseFaults({ release_date: facts.today, ...release.draft }, facts)
  return { release, faults, isrcs: facts.isrcs }
})

const add = Effect.fnUntraced(function* (actor: SignedIn, release: Release) {
  yield* (yield* Releases).add(release)
  yield* (yield* Outbox).append([releaseCreated(release, contextOf(actor))])
})

/** Keeps a draft, whatever it lacks; answers it with what keeps it from the stores. */
export const createRelease = Effect.fn("distribution.createRelease")(function* (actor: SignedIn, draft: ReleaseDraft) {
  const at = yield* DateTime.now
  const release = new Release({
    id: ReleaseId.make(yield* (yield* Ids).entity),
    ownerId: actor.userId,
    draft,
    cover: null,
    revision: 1,
    firstSubmittedAt: null,
    createdAt: at,
    updatedAt: at
  })
  yield* (yield* Transaction).atomically(add(actor, release))
  return yield* withFaults(release)
})

export const readRelease = Effect.fn("distribution.readRelease")(function* (actor: SignedIn, id: ReleaseId) {
  return yield* withFaults(yield* visibleRelease(actor, id))
})

export const releaseList: ListSpec<ReleaseSort> = {
  name: "releases",
  sorts: { created_at: "time" },
  fallback: "created_at"
}

/** The caller's releases, the latest first. */
export const listReleases = Effect.fn("distribution.listReleases")(function* (actor: SignedIn, query: ListQuery) {
  const plan = yield* planList(releaseList, query, actor.userId)
  return { plan, page: yield* (yield* Releases).ofOwner(actor.userId, plan) }
})

const replace = Effect.fnUntraced(function* (actor: SignedIn, release: Release, revision: number, draft: ReleaseDraft) {
  const changed = yield* (yield* Releases).change(release.id, revision, draft, yield* DateTime.now)
  if (Option.isNone(changed)) return yield* new ReleaseChanged({ revision: release.revision })
  yield* (yield* Outbox).append([releaseUpdated(release, contextOf(actor), { changed: "draft" })])
})

/** Replaces a draft. With the revision that the caller saw last, it is refused where somebody changed it meanwhile. */
export const changeRelease = Effect.fn("distribution.changeRelease")(function* (
  actor: SignedIn,
  id: ReleaseId,
  draft: ReleaseDraft,
  revision: number | undefined
) {
  const release = yield* ownRelease(actor, id)
  yield* (yield* Transaction).atomically(replace(actor, release, revision ?? release.revision, draft))
  return yield* withFaults(yield* ownRelease(actor, id))
})
