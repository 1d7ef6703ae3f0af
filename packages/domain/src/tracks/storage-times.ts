import { Duration } from "effect"

/** How long a link to a stored file works (20-tracks, "Storage port"). */
export const linkLifetimes = { stream: Duration.minutes(15), download: Duration.minutes(30) } as const

/**
 * How long a file is left where it was after its row has moved or gone: whoever holds a link, or has not heard of the
 * move yet, can still read it.
 */
export const removalGrace = Duration.hours(1)

/** The longest that taking a file in or copying one may last; well under the grace, so that both never meet. */
export const transferCap = Duration.minutes(30)

/** The age at which what nothing refers to counts as left behind (20-tracks, "Orphan sweep"). */
export const garbageAge = Duration.hours(24)

/** How long a sweep keeps what it is about to remove to itself; no single removal lasts nearly as long. */
export const removalClaim = Duration.minutes(15)
