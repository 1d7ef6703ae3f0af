import { Schema } from "effect"
import { NoticeStatus } from "./status.ts"

/** The track is blocked for somebody's claim of infringement: for everybody, its owner and administrators included. */
export class TrackBlocked extends Schema.TaggedError<TrackBlocked>()("TrackBlocked", {}) {}

/** The track that a notice is about was removed meanwhile. */
export class TrackGone extends Schema.TaggedError<TrackGone>()("TrackGone", {}) {}

export class NoticeNotFound extends Schema.TaggedError<NoticeNotFound>()("NoticeNotFound", {}) {}

/** The notice has been decided, or is not where this step leads on from. */
export class NoticeConflict extends Schema.TaggedError<NoticeConflict>()("NoticeConflict", { status: NoticeStatus }) {}

/** The claimant still has time to go to court (17 U.S.C. §512(g)(2)(C)). */
export class RestorationTooEarly extends Schema.TaggedError<RestorationTooEarly>()("RestorationTooEarly", {
  restorableFrom: Schema.DateTimeUtcFromString
}) {}
