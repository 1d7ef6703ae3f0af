import { type Effect, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import { EarningId, ImportId, Period, type Royalty, RoyaltyId } from "@veza/domain/royalties"
import { TrackId } from "@veza/domain/tracks"

const RoyaltyRow = Schema.Struct({
  id: RoyaltyId,
  importId: ImportId,
  earningId: EarningId,
  period: Period,
  reportedIn: Period,
  platform: Schema.String,
  territory: Schema.String,
  recording: Schema.String,
  trackId: Schema.NullOr(TrackId),
  title: Schema.String,
  quantity: Schema.Finite,
  lineCount: Schema.Int,
  currency: Schema.String,
  amount: Schema.String,
  shareBps: Schema.Int
})
export const decodeRoyalty: (row: unknown) => Effect.Effect<Royalty, Schema.SchemaError> =
  Schema.decodeUnknownEffect(RoyaltyRow)

export const decodeEarnings = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      id: EarningId,
      importId: ImportId,
      period: Period,
      recording: Schema.String,
      currency: Schema.String,
      amount: Schema.String,
      amountMinor: Schema.BigInt,
      trackId: Schema.NullOr(TrackId),
      ownerId: Schema.NullOr(UserId)
    })
  )
)
export const decodeSplits = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      position: Schema.Int,
      name: Schema.String,
      userId: Schema.NullOr(UserId),
      shareBps: Schema.Int,
      amountMinor: Schema.BigInt
    })
  )
)
export const decodeLines = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      line: Schema.Int,
      period: Period,
      platform: Schema.String,
      territory: Schema.String,
      recording: Schema.String,
      title: Schema.String,
      artist: Schema.String,
      quantity: Schema.Finite,
      currency: Schema.String,
      amount: Schema.String,
      statedCurrency: Schema.NullOr(Schema.String),
      statedRate: Schema.NullOr(Schema.String)
    })
  )
)
export const decodeGroups = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      key: Schema.NullOr(Schema.String),
      currency: Schema.String,
      quantity: Schema.Finite,
      amount: Schema.String
    })
  )
)
export const decodePayable = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ currency: Schema.String, amountMinor: Schema.BigInt }))
)
export const decodeQueue = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      recording: Schema.String,
      title: Schema.String,
      earnings: Schema.Int,
      amounts: Schema.Array(Schema.Struct({ currency: Schema.String, amount: Schema.String }))
    })
  )
)
export const decodePersonal = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      earningId: EarningId,
      position: Schema.Int,
      period: Period,
      recording: Schema.String,
      trackId: Schema.NullOr(TrackId),
      name: Schema.String,
      shareBps: Schema.Int,
      currency: Schema.String,
      amountMinor: Schema.BigInt
    })
  )
)
