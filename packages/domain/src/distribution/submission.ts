import { Schema } from "effect"
import { Day, UserId, Uuid } from "../kernel/index.ts"
import { Platform } from "./platform.ts"
import { ReleaseId } from "./release.ts"
import { PlatformStatus } from "./status.ts"

export const SubmissionId = Uuid.pipe(Schema.brand("SubmissionId"))
export type SubmissionId = typeof SubmissionId.Type

/** A release at one store. */
export const EntryId = Uuid.pipe(Schema.brand("EntryId"))
export type EntryId = typeof EntryId.Type

/** What a store is told: of a new release, of a change to one it sells, or to sell it no longer. */
export const MessageKind = Schema.Literals(["new", "update", "takedown"])
export type MessageKind = typeof MessageKind.Type

export const Entry = Schema.Struct({
  id: EntryId,
  submissionId: SubmissionId,
  platform: Platform,
  status: PlatformStatus,
  /** What the store, or the one who changed it last, said about it. */
  reason: Schema.NullOr(Schema.String),
  /** What the store calls it. */
  reference: Schema.NullOr(Schema.String),
  /** The number of the last message there is for the store, and what that is. */
  message: Schema.Int,
  kind: MessageKind,
  /** The number of the last message that the store has. */
  sent: Schema.Int,
  /** How often sending that message was tried. */
  attempts: Schema.Int,
  liveAt: Schema.NullOr(Schema.DateTimeUtc),
  updatedAt: Schema.DateTimeUtc
})
export type Entry = typeof Entry.Type

export class Submission extends Schema.Class<Submission>("Submission")({
  id: SubmissionId,
  releaseId: ReleaseId,
  ownerId: UserId,
  /** As they were when it was sent last. */
  title: Schema.String,
  upc: Schema.String,
  releaseDate: Day,
  entries: Schema.Array(Entry),
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}

/** Who changed something: the owner, somebody who administrates, the store, or Veza itself. */
export const ChangedBy = Schema.Literals(["owner", "admin", "store", "system"])
export type ChangedBy = typeof ChangedBy.Type

/** A row of the history. Where `from` is `to`, something was said and nothing changed. */
export const HistoryRow = Schema.Struct({
  id: Schema.String,
  submissionId: SubmissionId,
  platform: Platform,
  from: Schema.NullOr(PlatformStatus),
  to: PlatformStatus,
  by: ChangedBy,
  userId: Schema.NullOr(UserId),
  reason: Schema.NullOr(Schema.String),
  at: Schema.DateTimeUtc
})
export type HistoryRow = typeof HistoryRow.Type

/** The name of a message at the store, which takes each but once: the same whoever sends it however often. */
export const DeliveryId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9]\d{0,8}$/u, { expected: "a delivery" })
).pipe(Schema.brand("DeliveryId"))
export type DeliveryId = typeof DeliveryId.Type

export const deliveryIdOf = (entry: EntryId, message: number): DeliveryId => DeliveryId.make(`${entry}.${message}`)

export const partsOfDelivery = (id: DeliveryId): { readonly entry: EntryId; readonly message: number } => {
  const [entry = "", message = ""] = id.split(".")
  return { entry: EntryId.make(entry), message: Number(message) }
}
