import { Context, Effect, Option } from "effect"
import { readOptOut } from "../accounts/index.ts"
import type { SignedIn, UserId } from "../kernel/index.ts"
import type { Track } from "./track.ts"

/** Tracks that somebody may want to hear: ready, public, not their own and not liked by them yet; the best first. */
export class TrackSuggestions extends Context.Service<
  TrackSuggestions,
  {
    /** What those like who like what this listener likes, by how much they have in common. */
    readonly likedAlike: (listener: UserId, limit: number) => Effect.Effect<ReadonlyArray<Track>>
    /** The newest of the genres that the listener likes most. */
    readonly ofGenresLiked: (listener: UserId, limit: number) => Effect.Effect<ReadonlyArray<Track>>
    /** What most people like. */
    readonly popular: (listener: UserId, limit: number) => Effect.Effect<ReadonlyArray<Track>>
  }
>()("@veza/domain/tracks/TrackSuggestions") {}

/** Tracks of one owner among the recommendations, so that nobody is everywhere; more only where there is nothing else. */
export const perOwner = 2
export const maxRecommendations = 50

/** Joins lists in the order of their weight: each track once, of each owner two at first, then whatever is left. */
export const blend = (lists: ReadonlyArray<ReadonlyArray<Track>>, limit: number): ReadonlyArray<Track> => {
  const all = new Map(lists.flat().map((track) => [track.id, track]))
  const owners = new Map<UserId, number>()
  const [first, rest]: [Array<Track>, Array<Track>] = [[], []]
  for (const track of all.values()) {
    const taken = owners.get(track.userId) ?? 0
    owners.set(track.userId, taken + 1)
    ;(taken < perOwner ? first : rest).push(track)
  }
  return [...first, ...rest].slice(0, limit)
}

/**
 * What a listener may like next. Whoever opted out, by the site or by `Sec-GPC`, is not profiled: they hear what most
 * people like (10-accounts, "Privacy").
 */
export const recommendTracks = Effect.fn("tracks.recommend")(function* (actor: SignedIn, limit: number) {
  const suggestions = yield* TrackSuggestions
  const isFollowed = actor.origin.globalPrivacyControl !== true && Option.isNone(yield* readOptOut(actor.userId))
  // Twice as many as asked for, so that the owners' shares leave enough.
  const wanted = limit * 2
  const personal = isFollowed
    ? [yield* suggestions.likedAlike(actor.userId, wanted), yield* suggestions.ofGenresLiked(actor.userId, wanted)]
    : []
  return blend([...personal, yield* suggestions.popular(actor.userId, wanted)], limit)
})
