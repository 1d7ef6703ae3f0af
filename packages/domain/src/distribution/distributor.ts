import { Context, Data, type DateTime, type Effect, type Option, type Result } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { TrackId, TrackPlace } from "../tracks/index.ts"
import type { ReleaseContent } from "./content.ts"
import type { CallbackMalformed, CallbackRefused } from "./errors.ts"
import type { Platform } from "./platform.ts"
import type { ReleaseId } from "./release.ts"
import type { StoreReport, StoreState } from "./report.ts"
import type { DeliveryId, MessageKind } from "./submission.ts"

/** The store, or the way to it, does not answer; trying again may help. */
export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{ readonly message: string }> {}
/** The store, or the message's own nature, rules out that it is ever taken. `by`: who says so; we, unless it is told. */
export class MessageRefused extends Data.TaggedError("MessageRefused")<{
  readonly reason: string
  readonly by?: "store"
}> {}

/** Sound of a track, where it lies. */
export interface SoundFile {
  readonly trackId: TrackId
  readonly place: TrackPlace
  readonly format: string
  readonly sizeBytes: number
  readonly codec: string | null
  readonly sampleRate: number | null
  readonly channels: number | null
}

/** A message on its way to a store. */
export interface OutgoingMessage {
  readonly deliveryId: DeliveryId
  readonly platform: Platform
  readonly kind: MessageKind
  readonly ownerId: UserId
  readonly releaseId: ReleaseId
  readonly content: ReleaseContent
  /** In the order of the tracks; none where the sound is not sent. */
  readonly sounds: ReadonlyArray<SoundFile>
  readonly at: DateTime.Utc
}

/** What a store knows of a message. */
export interface StoreStatus {
  readonly state: StoreState
  readonly reason?: string | undefined
  readonly reference?: string | undefined
  /** Who says so, where it is not the store. */
  readonly by?: "system"
}

export interface RawCallback {
  readonly body: Uint8Array
  readonly signature: string
}

/** The way to the stores. A message is the same message under its delivery id, however often it is sent. */
export class Distributor extends Context.Service<
  Distributor,
  {
    /** The stores that can be reached; none where no way is configured. */
    readonly platforms: ReadonlyArray<Platform>
    /** What the store knows of a message; nothing where it has none of that id. */
    readonly status: (platform: Platform, id: DeliveryId) => Effect.Effect<Option.Option<StoreStatus>, StoreUnavailable>
    /** Hands a release or a change of it over, whole. */
    readonly deliver: (message: OutgoingMessage) => Effect.Effect<StoreStatus, StoreUnavailable | MessageRefused>
    /**
     * Asks a store to sell a release no longer. Of one that the store does not have it is done already, `taken_down`: what
     * failed on its way in may have reached a store or not, and a refusal is asked again for ever.
     */
    readonly takedown: (message: OutgoingMessage) => Effect.Effect<StoreStatus, StoreUnavailable | MessageRefused>
    /** What a signed callback says: its signature covers the raw bytes and the time at which it was sent. */
    readonly parseCallback: (
      callback: RawCallback,
      at: DateTime.Utc
    ) => Result.Result<StoreReport, CallbackRefused | CallbackMalformed>
  }
>()("@veza/domain/distribution/Distributor") {}
