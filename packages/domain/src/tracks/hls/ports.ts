import { Context, type DateTime, type Effect, type Option, type Scope, type Stream } from "effect"
import type { StoredFile, UserId } from "../../kernel/index.ts"
import type { AudioFormat } from "../audio-format.ts"
import type { TrackId } from "../track.ts"
import type { EncodingFailed } from "./errors.ts"
import type { BuildId, HlsSet, RenditionName, RenditionPlan } from "./rendition.ts"

export class HlsSettings extends Context.Service<
  HlsSettings,
  {
    /** HLS is served, and renditions are made. */
    readonly streaming: boolean
  }
>()("@veza/domain/tracks/HlsSettings") {}

/** Under which it is announced that there is a build to be made (kernel, `Changes`). */
export const buildsTopic = "rendition_builds"

export interface ClaimedBuild {
  readonly trackId: TrackId
  readonly build: BuildId
  /** How often it was begun, this time included. */
  readonly attempts: number
}

/**
 * The queue of tracks whose renditions are to be made, apart from the outbox: an encoding may take an hour. What one
 * attempt does is guarded by its id.
 */
export class RenditionBuilds extends Context.Service<
  RenditionBuilds,
  {
    /** Asks for the renditions of a ready track that has none, once; announces it. */
    readonly want: (track: TrackId, at: DateTime.Utc) => Effect.Effect<void>
    /** The same for the next tracks behind `after`, by id; `last` is undefined where there are no more. */
    readonly wantMissing: (
      after: TrackId | undefined,
      at: DateTime.Utc,
      limit: number
    ) => Effect.Effect<{ readonly added: number; readonly last: TrackId | undefined }>
    /** Gives the builds that were given up a new beginning; answers how many. */
    readonly wantFailed: (at: DateTime.Utc) => Effect.Effect<number>
    /** Takes the build that has been due longest and that nobody holds, counts the attempt, holds it until `until`. */
    readonly claim: (
      build: BuildId,
      at: DateTime.Utc,
      until: DateTime.Utc
    ) => Effect.Effect<Option.Option<ClaimedBuild>>
    /** False when it is no longer this attempt's. */
    readonly hold: (claimed: ClaimedBuild, until: DateTime.Utc) => Effect.Effect<boolean>
    /** Records what was made, on a track that is still ready; true when this very attempt did. */
    readonly finish: (claimed: ClaimedBuild, set: HlsSet) => Effect.Effect<boolean>
    readonly retryAt: (claimed: ClaimedBuild, at: DateTime.Utc, error: string) => Effect.Effect<void>
    /** Leaves the track without renditions until somebody asks again. */
    readonly giveUp: (claimed: ClaimedBuild, at: DateTime.Utc, error: string) => Effect.Effect<void>
    /** Gives it back untried: whoever held it stops. */
    readonly release: (claimed: ClaimedBuild, at: DateTime.Utc) => Effect.Effect<void>
    /** Of these attempts, those whose files are in use: the published ones of ready tracks, and those under way. */
    readonly inUse: (
      sets: ReadonlyArray<{ readonly trackId: TrackId; readonly build: BuildId }>,
      at: DateTime.Utc
    ) => Effect.Effect<ReadonlySet<BuildId>>
  }
>()("@veza/domain/tracks/RenditionBuilds") {}

/** What one attempt stored, or stores. */
export interface RenditionSet {
  readonly userId: UserId
  readonly trackId: TrackId
  readonly build: BuildId
}

export interface RenditionFile {
  readonly rendition: RenditionName
  /** One that `renditionFilePattern` allows. */
  readonly file: string
}

/** Receives the files of a set while nobody can read them. */
export interface RenditionWriter {
  readonly write: (file: RenditionFile, bytes: Uint8Array) => Effect.Effect<void>
  /** Puts the set in place: whole, durable, at once. */
  readonly publish: Effect.Effect<void>
}

/** Where renditions live. A set is there whole or not at all, and never changes. */
export class RenditionFiles extends Context.Service<
  RenditionFiles,
  {
    /** A set to be written; it is removed when the scope closes unless it was published. */
    readonly begin: (set: RenditionSet) => Effect.Effect<RenditionWriter, never, Scope.Scope>
    readonly open: (
      set: RenditionSet,
      file: RenditionFile
    ) => Effect.Effect<Option.Option<StoredFile>, never, Scope.Scope>
    /** Removes a set, published or begun. */
    readonly remove: (set: RenditionSet) => Effect.Effect<void>
    /** Removes every set of a track. */
    readonly removeAll: (track: Pick<RenditionSet, "userId" | "trackId">) => Effect.Effect<void>
    /** Every set there is, published or begun. */
    readonly sets: Stream.Stream<RenditionSet>
  }
>()("@veza/domain/tracks/RenditionFiles") {}

/** A part of a rendition as it comes. */
export type RenditionPart =
  | { readonly _tag: "Init"; readonly bytes: Uint8Array }
  /** `samples` are those that are heard, at the rate of the plan. */
  | { readonly _tag: "Segment"; readonly bytes: Uint8Array; readonly samples: number }

export interface EncodingSource {
  readonly path: string
  readonly format: AudioFormat
  readonly durationMs: number
}

/** Makes renditions in constant memory. */
export class RenditionEncoder extends Context.Service<
  RenditionEncoder,
  {
    /** False where this installation cannot encode. */
    readonly isAvailable: boolean
    /**
     * The initialisation, then the segments: `count` of them where that is given, so that they begin with those of the
     * rendition that was made first.
     */
    readonly encode: (
      source: EncodingSource,
      plan: RenditionPlan,
      count: number | undefined
    ) => Stream.Stream<RenditionPart, EncodingFailed>
  }
>()("@veza/domain/tracks/RenditionEncoder") {}
