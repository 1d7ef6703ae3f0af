import { Schema } from "effect"

/** HLS is off, or the track has no renditions, or none of that name: players fall back to the stream. */
export class RenditionsUnavailable extends Schema.TaggedError<RenditionsUnavailable>()("RenditionsUnavailable", {}) {}

/** A rendition could not be made of a file. */
export class EncodingFailed extends Schema.TaggedError<EncodingFailed>()("EncodingFailed", {
  reason: Schema.String
}) {}

/** Somebody else makes the renditions of the track by now, or nobody may any more. */
export class BuildLost extends Schema.TaggedError<BuildLost>()("BuildLost", {}) {}
