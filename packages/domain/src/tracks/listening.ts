/** How far one play session has come. All times are milliseconds: of the track, or since the epoch. */
export interface Listening {
  readonly beganAt: number
  readonly reportedAt: number
  /** Where the client said it was when it reported last. */
  readonly positionMs: number
  /** How much of the track was listened to, as far as that can be believed; it never shrinks. */
  readonly listenedMs: number
  /** The furthest place that was reached by listening, not by jumping. */
  readonly furthestMs: number
}

/** What a client says of itself: nothing of it is taken for granted. */
export interface ListeningReport {
  readonly at: number
  readonly positionMs: number
  /** What the client itself counts as heard in this session; it can only lower what is believed. */
  readonly heardMs: number | undefined
}

/** Listening time that makes a play of a track, however long the track is. */
const longestThreshold = 30_000

/** The listening time after which a play counts: 30 s or half of the track, whichever is less (20-tracks, "Reading"). */
export const playThreshold = (durationMs: number): number =>
  Math.max(1, Math.min(longestThreshold, Math.ceil(durationMs / 2)))

/** What network and clocks may distort: two seconds, less for tracks of less than forty. */
export const slackOf = (durationMs: number): number => Math.min(2000, Math.floor(durationMs / 20))

/** Players play at most twice as fast; whoever moved on by more has jumped. */
const fastest = 2
/** The part of a track that must have been heard, and reached, for it to count as listened to its end. */
const whole = 0.9

const within = (positionMs: number, durationMs: number): number => Math.max(0, Math.min(positionMs, durationMs))

/** The first report only says where listening begins. */
export const beginListening = (report: ListeningReport, durationMs: number): Listening => ({
  beganAt: report.at,
  reportedAt: report.at,
  positionMs: within(report.positionMs, durationMs),
  listenedMs: 0,
  furthestMs: 0
})

/**
 * What a further report adds. Moving on counts as listening where there was time for it; a jump forward counts nothing,
 * and neither does going back. A session has never listened for longer than the time since its first report, but for
 * the slack.
 */
export const listenOn = (listening: Listening, report: ListeningReport, durationMs: number): Listening => {
  const slack = slackOf(durationMs)
  const reportedAt = Math.max(listening.reportedAt, report.at)
  const elapsed = reportedAt - listening.reportedAt
  const positionMs = within(report.positionMs, durationMs)
  const moved = positionMs - listening.positionMs
  const listened = moved > 0 && moved <= elapsed * fastest + slack
  const believable = Math.min(
    listening.listenedMs + (listened ? Math.min(moved, elapsed + slack) : 0),
    reportedAt - listening.beganAt + slack,
    report.heardMs ?? Number.POSITIVE_INFINITY
  )
  return {
    beganAt: listening.beganAt,
    reportedAt,
    positionMs,
    listenedMs: Math.max(listening.listenedMs, believable),
    furthestMs: listened ? Math.max(listening.furthestMs, positionMs) : listening.furthestMs
  }
}

/** Has enough been listened to for a play? */
export const isPlay = ({ listenedMs }: Listening, durationMs: number): boolean =>
  listenedMs >= playThreshold(durationMs)

/** Was the track listened to its end, and not only jumped there? */
export const isComplete = ({ listenedMs, furthestMs }: Listening, durationMs: number): boolean =>
  listenedMs >= durationMs * whole && furthestMs >= durationMs * whole
