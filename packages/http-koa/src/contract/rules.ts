import { Context, type Duration } from "effect"

/**
 * Who may knock (the letters of the route table): P public, O optional, U signed in, C content creator, A admin,
 * M moderator or admin whose session passed a second factor.
 */
export type Auth = "P" | "O" | "U" | "C" | "A" | "M"

/**
 * Which global limiter counts a request; `none` for health, metrics and documents. `transfer`: the parts of what was begun
 * by a request that did count, limited like media by address, and by no limiter of the user or key.
 */
export type LimitClass = "api" | "register" | "login" | "notice" | "media" | "transfer" | "none"

/** `session`: cookie-authenticated calls need the token; `origin`: Fetch metadata or an allowed Origin suffices. */
export type CsrfRule = "session" | "origin" | "none"

export type CacheRule = "no-store" | "no-cache" | "static" | "audio" | "hls" | "image" | "brief" | "revalidate"

/** What the host must know of a route beyond its schemas. Every route declares it; a test sees to that. */
export interface Rules {
  readonly auth: Auth
  readonly csrf: CsrfRule
  readonly limit: LimitClass
  readonly cache: CacheRule
  /** The handler answers the same object as long as nothing changed, so its encoding is kept with it. */
  readonly stable?: boolean | undefined
  /**
   * Anonymous readers are answered alike, from memory until something of this kind changes; `param` names the parameter
   * that holds the id of the one thing the answer is about. Not for requests with a share link.
   */
  readonly shared?: { readonly kind: "tracks"; readonly param?: string } | undefined
  /** Keys of the body that are not declared are refused; elsewhere they are ignored. */
  readonly closedBody?: boolean | undefined
  /** Asked to find out whether somebody is signed in: that nobody is, is expected and logged at debug. */
  readonly probe?: boolean | undefined
  /** Served while the service rests. */
  readonly duringMaintenance: boolean
  /** Raw routes read and write the connection themselves; this bounds the whole exchange. */
  readonly raw?: { readonly totalCap: Duration.Input } | undefined
  /**
   * An Idempotency-Key is honoured: the same request again gets the same answer (00-conventions, "Idempotency"). For
   * every POST that creates or moves money; other routes ignore the header.
   */
  readonly idempotent?: true | undefined
  /** What every answer of the route carries, refusals included. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Bodies that are no JSON, as the document shows them. */
  readonly requestBody?: object | undefined
  readonly responses?: Readonly<Record<string, { readonly description: string; readonly content?: object }>> | undefined
}

export const RouteRules = Context.Reference<Rules | undefined>("@veza/http-koa/RouteRules", {
  defaultValue: () => undefined
})

const base: Rules = { auth: "P", csrf: "none", limit: "api", cache: "no-cache", duringMaintenance: false }

/** Rules of a read that anyone may make. */
export const publicRead = (more: Partial<Rules> = {}): Rules => ({ ...base, ...more })
/** Rules of a read for whoever is signed in. */
export const privateRead = (more: Partial<Rules> = {}): Rules => ({ ...base, auth: "U", cache: "no-store", ...more })
/** Rules of a change by somebody signed in. */
export const privateWrite = (more: Partial<Rules> = {}): Rules => ({
  ...base,
  auth: "U",
  csrf: "session",
  cache: "no-store",
  ...more
})
