import type { Role } from "@veza/domain/kernel"
import type { Credential } from "./credentials.ts"
import type { Outcome, Row } from "./rows.ts"

/** The one who asks, how, and about whose. */
export interface Attempt {
  readonly method: string
  readonly credential: Credential
  /** Undefined for strangers. */
  readonly role: Role | undefined
  readonly whose: "own" | "other"
}

const answerOf = ({ answers }: Row, { role, whose }: Pick<Attempt, "role" | "whose">): Outcome =>
  whose === "own" ? answers.own : role === "admin" ? answers.admin : answers.other

const passesCsrf = (row: Row, { cookie, fromAnotherSite }: Credential): boolean => {
  switch (row.csrf) {
    case "none":
      return true
    case "origin":
      return fromAnotherSite !== true
    case "link":
      return cookie === undefined || fromAnotherSite !== true
    case "token":
      return cookie === undefined || cookie.proven
  }
}

const reaches = (row: Row, scopes: ReadonlyArray<string>, { method, role }: Attempt): boolean =>
  (role === "admin" && scopes.includes("admin")) ||
  (row.who !== "administrators" && scopes.includes(method === "GET" || method === "HEAD" ? "read" : "write"))

const admitted = (row: Row, role: Role | undefined): boolean => {
  if (row.who === "administrators") return role === "admin"
  if (row.who === "moderators") return role === "admin" || role === "moderator"
  return row.who !== "content creators" || role !== "user"
}

/** What is heard of an answer: one to HEAD has no body, so no code. */
const heardOf = (outcome: Outcome, { method }: Attempt): Outcome =>
  method === "HEAD" ? `${Number.parseInt(outcome, 10)}` : outcome

/** What the specification has a route answer, from its row alone (05-decisions, "Middleware": the order of the guards). */
export const expectedOf = (row: Row, attempt: Attempt): Outcome => heardOf(judgedOf(row, attempt), attempt)

const judgedOf = (row: Row, attempt: Attempt): Outcome => {
  const { credential, role } = attempt
  const { means } = credential
  const asNobody = answerOf(row, { role: undefined, whose: "other" })
  if (row.who === "anyone") return passesCsrf(row, credential) ? asNobody : "403 CSRF_REFUSED"
  if (means === "nobody" || (typeof means === "object" && "refusal" in means)) {
    if (row.who === "optionally signed in") return asNobody
    return means === "nobody" ? "401 UNAUTHENTICATED" : means.refusal
  }
  if (!passesCsrf(row, credential)) return "403 CSRF_REFUSED"
  if (means !== "session" && (row.inPerson || !reaches(row, means.scopes, attempt))) return "403 INSUFFICIENT_SCOPE"
  if (!admitted(row, role)) return "403 FORBIDDEN"
  if (row.who === "moderators" && credential.secondFactor !== true) return "403 SECOND_FACTOR_REQUIRED"
  return answerOf(row, attempt)
}

/** Does the request get past the guards, and act where its route acts? */
export const acts = (row: Row, attempt: Attempt): boolean => {
  const expected = expectedOf(row, attempt)
  return row.spends !== undefined && expected === heardOf(answerOf(row, attempt), attempt) && Number(expected) < 300
}

/** Is the caller known to the route, so that its answer may be theirs alone? */
export const isPersonal = (row: Row, { means }: Credential): boolean =>
  row.who !== "anyone" && (means === "session" || (typeof means === "object" && "scopes" in means))
