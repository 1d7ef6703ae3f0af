import { Schema } from "effect"
import { type ListSpec, type UserId, Uuid } from "../kernel/index.ts"
import type { TrackId } from "../tracks/index.ts"
import type { Period } from "./period.ts"
import type { ImportId } from "./statement.ts"

export const RoyaltyId = Uuid.pipe(Schema.brand("RoyaltyId"))
export type RoyaltyId = typeof RoyaltyId.Type
export const EarningId = Uuid.pipe(Schema.brand("EarningId"))
export type EarningId = typeof EarningId.Type

/**
 * Whose money is looked at. `shares`: what falls to somebody by their share in a recording. `tracks`: the whole that
 * somebody's own tracks earned. `all`: everything, for administrators, what no track here has included.
 */
export type View =
  | { readonly of: "all" }
  | { readonly of: "tracks"; readonly userId: UserId }
  | { readonly of: "shares"; readonly userId: UserId }

export interface RoyaltyFilter {
  readonly period?: Period | undefined
  /** Both included. */
  readonly from?: Period | undefined
  readonly to?: Period | undefined
  readonly platform?: string | undefined
  readonly territory?: string | undefined
  readonly trackId?: TrackId | undefined
}

/** Lines of one statement, month, platform, territory and recording, summed. */
export interface Royalty {
  readonly id: RoyaltyId
  readonly importId: ImportId
  readonly earningId: EarningId
  readonly period: Period
  /** The month of the statement. */
  readonly reportedIn: Period
  readonly platform: string
  readonly territory: string
  readonly recording: string
  readonly trackId: TrackId | null
  /** As the statement calls it. */
  readonly title: string
  readonly quantity: number
  readonly lineCount: number
  readonly currency: string
  /** Exact; of the whole. */
  readonly amount: string
  /** The basis points that fall to whom the view is of; 10,000 where it shows the whole. */
  readonly shareBps: number
}

export const royaltySorts = { period: "text" } as const
export type RoyaltySort = keyof typeof royaltySorts
/** The latest month first, unless told otherwise. */
export const royaltyList: ListSpec<RoyaltySort> = { name: "royalties", sorts: royaltySorts, fallback: "period" }

export const dimensions = ["period", "platform", "territory", "track", "currency"] as const
export const Dimension = Schema.Literals(dimensions)
export type Dimension = typeof Dimension.Type

/** What one value of a dimension comes to, in one currency. */
export interface Group {
  /** Null: recordings without a track. */
  readonly key: string | null
  readonly currency: string
  readonly quantity: number
  /** Exact; in the view of shares only the share. */
  readonly amount: string
}

/** One of those who share in an earning. */
export interface Split {
  readonly position: number
  readonly name: string
  readonly userId: UserId | null
  readonly shareBps: number
  readonly amountMinor: bigint
}

/** What a recording earned in a month by one statement. */
export interface Earning {
  readonly id: EarningId
  readonly importId: ImportId
  readonly period: Period
  readonly recording: string
  readonly currency: string
  readonly amount: string
  readonly amountMinor: bigint
  readonly trackId: TrackId | null
  readonly ownerId: UserId | null
}

/** A recording that statements name and nobody here has. */
export interface UnmatchedRecording {
  readonly recording: string
  readonly title: string
  readonly earnings: number
  readonly amounts: ReadonlyArray<{ readonly currency: string; readonly amount: string }>
}

/** What one unit of a currency is worth in another in a month, as somebody stated it. */
export interface Rate {
  readonly period: Period
  readonly currency: string
  readonly target: string
  readonly rate: string
}
