import { Effect, Metric } from "effect"
import { cursorAfter } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/distribution"
import { SignedInActor } from "../contract/actors.ts"
import { InvalidRequest } from "../contract/errors.ts"
import type { TrackId } from "@veza/domain/tracks"
import type { Api } from "../contract/api.ts"
import type { SubmissionView } from "../contract/submissions.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { pagination, wholeList } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["submissions"]

const submitted = Metric.counter("veza_distribution_submissions_total", {
  description: "Submissions, by store",
  incremental: true
})

const view = (submission: Domain.Submission): SubmissionView => ({
  id: submission.id,
  release_id: submission.releaseId,
  title: submission.title,
  upc: submission.upc,
  release_date: submission.releaseDate,
  status: Domain.overallStatus(submission.entries.map(({ status }) => status)),
  platforms: submission.entries.map(({ platform, status, reason, reference, liveAt, updatedAt }) => ({
    platform,
    status,
    reason,
    reference,
    live_at: liveAt,
    updated_at: updatedAt
  })),
  created_at: submission.createdAt,
  updated_at: submission.updatedAt
})

const platforms: Handlers["platforms"] = Effect.fnUntraced(function* () {
  const reachable = (yield* Domain.Distributor).platforms
  return wholeList(
    Domain.Platform.literals.map((id) => ({
      id,
      name: Domain.platformNames[id],
      available: reachable.includes(id)
    }))
  )
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const { plan, page, filter } = yield* Domain.listSubmissions(yield* SignedInActor, query.release_id, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.submissionList, plan, filter, page.next)
  return { list: page.items.map(view), pagination: pagination(page, plan, next) }
})

/** What is to be sent: a release or a track, and only one of them. */
const named = (
  releaseId: Domain.ReleaseId | undefined,
  trackId: TrackId | undefined
): Effect.Effect<Domain.SubmitCommand["release"], InvalidRequest> => {
  if (releaseId !== undefined && trackId === undefined) return Effect.succeed({ releaseId })
  if (releaseId === undefined && trackId !== undefined) return Effect.succeed({ trackId })
  const message = "give either a release_id or a track_id"
  return Effect.fail(new InvalidRequest({ faults: [{ field: "release_id", message }] }))
}

const create: Handlers["create"] = Effect.fnUntraced(function* ({ payload }) {
  const release = yield* named(payload.release_id, payload.track_id)
  const made = yield* Domain.submitRelease(yield* SignedInActor, {
    release,
    platforms: payload.platforms,
    releaseDate: payload.release_date
  })
  for (const { platform } of made.entries) yield* Metric.update(Metric.withAttributes(submitted, { platform }), 1)
  return view(made)
})

const read: Handlers["read"] = Effect.fnUntraced(function* ({ params }) {
  return view(yield* Domain.readSubmission(yield* SignedInActor, params.id))
})

const history: Handlers["history"] = Effect.fnUntraced(function* ({ params, query }) {
  const { plan, page } = yield* Domain.readHistory(yield* SignedInActor, params.id, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.historyList, plan, params.id, page.next)
  return {
    list: page.items.map(({ platform, from, to, by, reason, at }) => ({ platform, from, to, by, reason, at })),
    pagination: pagination(page, plan, next)
  }
})

const correct: Handlers["correct"] = Effect.fnUntraced(function* ({ params, payload }) {
  const command = { releaseDate: payload.release_date, platforms: payload.platforms }
  return view(yield* Domain.correctSubmission(yield* SignedInActor, params.id, command))
})

const withdraw: Handlers["withdraw"] = Effect.fnUntraced(function* ({ params, payload }) {
  return view(yield* Domain.withdrawSubmission(yield* SignedInActor, params.id, payload))
})

const takedown: Handlers["takedown"] = Effect.fnUntraced(function* ({ params, payload }) {
  return view(yield* Domain.requestTakedown(yield* SignedInActor, params.id, payload))
})

export const submissions: Handlers = { platforms, list, create, read, history, correct, withdraw, takedown }
