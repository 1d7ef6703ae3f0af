import { Context, type DateTime, type Effect, type Option } from "effect"
import type { ListPlan, Page, UserId } from "../kernel/index.ts"
import type { TrackId } from "../tracks/index.ts"
import type { ReleaseContent } from "./content.ts"
import type { Platform } from "./platform.ts"
import type { Release, ReleaseCover, ReleaseDraft, ReleaseId, ReleaseListing, Share } from "./release.ts"
import type { PlatformStatus } from "./status.ts"
import type { ChangedBy, Entry, EntryId, HistoryRow, MessageKind, Submission, SubmissionId } from "./submission.ts"

export type ReleaseSort = "created_at"

export class Releases extends Context.Service<
  Releases,
  {
    readonly add: (release: Release) => Effect.Effect<void>
    readonly byId: (id: ReleaseId) => Effect.Effect<Option.Option<Release>>
    /**
     * The same, held until the transaction ends, and its owner with it: nothing else of theirs goes to stores meanwhile,
     * and their account is not deleted. Nothing where it is already.
     */
    readonly lock: (id: ReleaseId) => Effect.Effect<Option.Option<Release>>
    readonly ofOwner: (owner: UserId, plan: ListPlan<ReleaseSort>) => Effect.Effect<Page<ReleaseListing>>
    /** The latest release of an owner that has this track and no other. */
    readonly ofTrackAlone: (owner: UserId, track: TrackId) => Effect.Effect<Option.Option<Release>>
    /** Guarded by the revision; answers the new one, or nothing where it was another. */
    readonly change: (
      id: ReleaseId,
      revision: number,
      draft: ReleaseDraft,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<number>>
    /** Puts a cover in place; answers the key of the one before that nothing refers to any more. */
    readonly setCover: (
      id: ReleaseId,
      cover: ReleaseCover,
      at: DateTime.Utc
    ) => Effect.Effect<{ readonly former: Option.Option<string> }>
    /** Notes that it goes to the stores under this UPC. False when another release has. */
    readonly markSubmitted: (id: ReleaseId, upc: string, at: DateTime.Utc) => Effect.Effect<boolean>
    readonly pageOfOwner: (
      owner: UserId,
      after: Release | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Release>>
    /** Empties what releases and what was sent of them tell of people, and removes drafts that were never sent. */
    readonly forgetOwner: (owner: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/distribution/Releases") {}

export interface Recording {
  readonly trackId: TrackId
  readonly ownerId: UserId
  readonly isrc: string
  readonly title: string
  /** Made here from a prefix. */
  readonly assigned: boolean
  readonly createdAt: DateTime.Utc
}

/** The codes of recordings, and who shares in what these earn. */
export class Recordings extends Context.Service<
  Recordings,
  {
    readonly ofTracks: (tracks: ReadonlyArray<TrackId>) => Effect.Effect<ReadonlyMap<TrackId, string>>
    /** Whose recordings these codes are, but for those that this owner may give to a track of theirs (`claim`). */
    readonly holdersOf: (isrcs: ReadonlyArray<string>, owner: UserId) => Effect.Effect<ReadonlyMap<string, TrackId>>
    /** Another release than this went to the stores under the UPC. */
    readonly isUpcTaken: (upc: string, except: ReleaseId | undefined) => Effect.Effect<boolean>
    /**
     * Which of these are accounts: not deleted, and of somebody who has shown that an address is theirs. What nobody ever
     * confirms is removed, so nothing may refer to it.
     */
    readonly livingUsers: (ids: ReadonlyArray<UserId>) => Effect.Effect<ReadonlySet<string>>
    /** The next designation of a prefix in a year, never given out twice; nothing when they are used up. */
    readonly nextDesignation: (prefix: string, year: number) => Effect.Effect<Option.Option<number>>
    /**
     * Takes a code for a track. Answers the code the track then has; nothing when the code is another recording's. Of a
     * track that its owner deleted the recording goes on in the track that they give its code to: uploaded anew it is the
     * same, with what a store knows of it, and without a share until it has new ones.
     */
    readonly claim: (recording: Recording) => Effect.Effect<Option.Option<string>>
    /** A store sells these from `at` on, or earlier: until one does, nothing that statements tell of a code is anybody's. */
    readonly markSold: (tracks: ReadonlyArray<TrackId>, at: DateTime.Utc) => Effect.Effect<void>
    readonly setShares: (track: TrackId, shares: ReadonlyArray<Share>) => Effect.Effect<void>
    readonly sharesOf: (track: TrackId) => Effect.Effect<ReadonlyArray<Share>>
    readonly pageOfOwner: (
      owner: UserId,
      after: Recording | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Recording>>
    /** Empties titles of their recordings and their name in shares. */
    readonly forgetPerson: (owner: UserId) => Effect.Effect<void>
  }
>()("@veza/domain/distribution/Recordings") {}

/** A change of an entry, with what its history then says. */
export interface EntryStep {
  readonly to: PlatformStatus
  readonly by: ChangedBy
  readonly userId: UserId | null
  readonly reason: string | null
  readonly at: DateTime.Utc
  /** There is a new message for the store: the one after the last. */
  readonly message?: MessageKind
  /** What that message tells. */
  readonly content?: ReleaseContent
  /** When that message is due; at once where it is left open. */
  readonly dueAt?: DateTime.Utc
  readonly reference?: string | undefined
  /** Only where no attempt at sending has begun. */
  readonly onlyUnsent?: true
}

export type SubmissionSort = "created_at"
export type HistorySort = "at"

export interface SubmissionFilter {
  readonly ownerId: UserId
  readonly releaseId?: ReleaseId | undefined
}

/** A message that somebody is about to send. */
export interface ClaimedMessage {
  readonly entry: Entry
  readonly ownerId: UserId
  readonly releaseId: ReleaseId
  readonly content: ReleaseContent
  readonly claim: string
}

export class Submissions extends Context.Service<
  Submissions,
  {
    /** With its entries and the first rows of their history; answers the stores where another one is open. */
    readonly add: (
      submission: Submission,
      content: ReleaseContent,
      by: Pick<HistoryRow, "by" | "userId">
    ) => Effect.Effect<ReadonlyArray<Platform>>
    readonly byId: (id: SubmissionId) => Effect.Effect<Option.Option<Submission>>
    /** An entry as it is now, held until the transaction ends: what is judged of it is still true when it is changed. */
    readonly lockEntry: (id: EntryId) => Effect.Effect<Option.Option<Entry>>
    readonly list: (filter: SubmissionFilter, plan: ListPlan<SubmissionSort>) => Effect.Effect<Page<Submission>>
    readonly history: (id: SubmissionId, plan: ListPlan<HistorySort>) => Effect.Effect<Page<HistoryRow>>
    /** What the submission shows of its release. */
    readonly amend: (
      id: SubmissionId,
      shown: Pick<Submission, "title" | "upc" | "releaseDate">,
      at: DateTime.Utc
    ) => Effect.Effect<void>
    /**
     * Guarded by the transition table, or by the very status where `to` is the one it has; with a row of history. Where
     * nothing can follow, nothing that waits is sent any more. What failed may have reached the store: sent again, it
     * counts as begun, and its tracks as told. False when the entry had moved on.
     */
    readonly take: (entry: Entry, step: EntryStep) => Effect.Effect<boolean>
    /**
     * The store sells what the entry's last message told, and nothing that messages before it did; answers these tracks,
     * none where there is a later message.
     */
    readonly confirm: (entry: Entry) => Effect.Effect<ReadonlyArray<TrackId>>
    /**
     * Open entries of somebody's submissions, or of those with a track; held until the transaction ends. A track is one
     * of what was told last, or of what the store may still sell because it did not say that it took a change.
     */
    readonly openOf: (
      of: { readonly owner: UserId } | { readonly track: TrackId }
    ) => Effect.Effect<ReadonlyArray<Entry>>
    /** Claims the message that is due longest. */
    readonly claimMessage: (
      claim: string,
      at: DateTime.Utc,
      until: DateTime.Utc
    ) => Effect.Effect<Option.Option<ClaimedMessage>>
    /** False when the message is no longer this claim's. */
    readonly holdMessage: (claimed: ClaimedMessage, until: DateTime.Utc) => Effect.Effect<boolean>
    /** Guarded by the claim: the store has the message, or never will. */
    readonly settleMessage: (claimed: ClaimedMessage) => Effect.Effect<boolean>
    /** Guarded by the claim: not before `at`. */
    readonly putOffMessage: (claimed: ClaimedMessage, at: DateTime.Utc) => Effect.Effect<void>
    /**
     * Entries that wait for the store's word since before `since`, marked as asked about; the oldest first, and last those
     * that are sold, with a change that the store neither confirmed nor refused.
     */
    readonly waitingSince: (since: DateTime.Utc, at: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<Entry>>
    /** True exactly once for each event of a store. */
    readonly recordCallback: (platform: Platform, event: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Forgets callbacks from before; answers how many. */
    readonly forgetCallbacks: (before: DateTime.Utc) => Effect.Effect<number>
    readonly pageOfOwner: (
      owner: UserId,
      after: Submission | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Submission>>
  }
>()("@veza/domain/distribution/Submissions") {}

/** The right to distribute, as subscriptions know it. */
export type DistributionRight = "granted" | "unpaid" | "none"
export class DistributionRights extends Context.Service<
  DistributionRights,
  { readonly of: (user: UserId) => Effect.Effect<DistributionRight> }
>()("@veza/domain/distribution/DistributionRights") {}

/** What other processes hear when there is something to send. */
export const messagesTopic = "distribution_messages"
