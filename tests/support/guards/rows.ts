/** A status, and the code of the error where it is one: `200`, `404 TRACK_NOT_FOUND`. */
export type Outcome = `${number}` | `${number} ${string}`

/** What a route is about when its address names something: of a `once` one the request makes an end. */
export type Subject =
  | "profile"
  | "session"
  | "api key"
  | "export"
  | "private track"
  | "share link"
  | "notice"
  | "upload"
  | "release"
  | "submission"
  | "subscription"
  | "invoice"
  | "royalty import"
  | "royalty"

/** What whoever passes the guards with an empty body is answered. */
export interface Answers {
  /** About what is the caller's own. */
  readonly own: Outcome
  /** About what is somebody else's. */
  readonly other: Outcome
  /** About what is somebody else's, for an administrator. */
  readonly admin: Outcome
}

/** Who may knock at a route, and what they hear then. */
export interface Row {
  readonly who: "anyone" | "optionally signed in" | "signed in" | "content creators" | "administrators" | "moderators"
  /** Closed to API keys. */
  readonly inPerson: boolean
  /**
   * `token`: with the cookie only from our own sites and with the token of the session. `origin`: never from another
   * site. `link`: not from another site for whoever is signed in by cookie.
   */
  readonly csrf: "none" | "token" | "origin" | "link"
  readonly subject?: Subject
  /** Headers that the route wants of everybody. */
  readonly headers?: Readonly<Record<string, string>>
  readonly answers: Answers
  /** A request that passes changes its caller or ends its subject, so that each gets one of its own. */
  readonly spends?: "caller" | "subject"
}

const alike = (outcome: Outcome): Answers => ({ own: outcome, other: outcome, admin: outcome })
const row = (who: Row["who"], csrf: Row["csrf"], outcome: Outcome): Row => ({
  who,
  inPerson: false,
  csrf,
  answers: alike(outcome)
})

export const inPerson = (base: Row): Row => ({ ...base, inPerson: true })
export const spendsCaller = (base: Row): Row => ({ ...base, spends: "caller" })
export const spendsSubject = (base: Row): Row => ({ ...base, spends: "subject" })

/** The address names something; `other` and `admin` hear something else where it is not theirs. */
export const about = (subject: Subject, base: Row, other = base.answers.own, admin = other): Row => ({
  ...base,
  subject,
  answers: { own: base.answers.own, other, admin }
})

export const withHeaders = (headers: Readonly<Record<string, string>>, base: Row): Row => ({ ...base, headers })

export const open = (outcome: Outcome): Row => row("anyone", "none", outcome)
/** A change before signing in. */
export const openChange = (outcome: Outcome): Row => row("anyone", "origin", outcome)
export const optional = (outcome: Outcome): Row => row("optionally signed in", "none", outcome)
/** A change that somebody signed in makes as themselves, and anybody may make. */
export const optionalChange = (outcome: Outcome): Row => row("optionally signed in", "token", outcome)
export const read = (outcome: Outcome): Row => row("signed in", "none", outcome)
export const change = (outcome: Outcome): Row => row("signed in", "token", outcome)
export const creatorChange = (outcome: Outcome): Row => row("content creators", "token", outcome)
export const creatorRead = (outcome: Outcome): Row => row("content creators", "none", outcome)
export const adminRead = (outcome: Outcome): Row => row("administrators", "none", outcome)
export const adminChange = (outcome: Outcome): Row => row("administrators", "token", outcome)
export const moderatorRead = (outcome: Outcome): Row => inPerson(row("moderators", "none", outcome))
export const moderatorChange = (outcome: Outcome): Row => inPerson(row("moderators", "token", outcome))
