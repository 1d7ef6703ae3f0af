import { type EventContext, type EventType, type NewEvent } from "../kernel/index.ts"
import type { Platform } from "./platform.ts"
import type { Release } from "./release.ts"
import type { PlatformStatus } from "./status.ts"
import type { Submission } from "./submission.ts"

const releaseEvent =
  (type: EventType) =>
  (release: Pick<Release, "id" | "ownerId">, context: EventContext, more: object = {}): NewEvent => ({
    type,
    aggregate: `release:${release.id}`,
    payload: { release_id: release.id, user_id: release.ownerId, ...more },
    context
  })

export const releaseCreated = releaseEvent("release.created")
export const releaseUpdated = releaseEvent("release.updated")

const submissionEvent =
  (type: EventType) =>
  (
    submission: Pick<Submission, "id" | "ownerId" | "releaseId">,
    context: EventContext,
    more: object = {}
  ): NewEvent => ({
    type,
    aggregate: `submission:${submission.id}`,
    payload: { submission_id: submission.id, release_id: submission.releaseId, user_id: submission.ownerId, ...more },
    context
  })

export const submissionCreated = submissionEvent("submission.created")
export const submissionCorrected = submissionEvent("submission.corrected")
export const submissionWithdrawn = submissionEvent("submission.withdrawn")
export const takedownRequested = submissionEvent("submission.takedown_requested")

/** A store's word changed something. */
export const storeMoved = (
  submission: Pick<Submission, "id" | "ownerId" | "releaseId">,
  platform: Platform,
  status: PlatformStatus,
  context: EventContext
): NewEvent => submissionEvent("submission.status_changed")(submission, context, { platform, status })
