import { InvalidStatsPeriod, longestStatsPeriod } from "@veza/domain/tracks"
import { row } from "../error-row.ts"

/** Plays and what is counted of them. */
export const playErrors = {
  InvalidStatsPeriod: row(InvalidStatsPeriod, 400, "INVALID_STATS_PERIOD", "The period cannot be counted", {
    details: () => [{ field: "from", message: `must not lie behind to, nor ${longestStatsPeriod} days before it` }]
  })
} as const
