import type { KeyScope } from "@veza/domain/kernel"

/** Does a request with this method only read? What keys may do, and how they are counted, goes by it. */
export const isRead = (method: string): boolean => method === "GET" || method === "HEAD"

/** What a key's scopes reach (05-decisions, "Scopes"): reading, changing, or with `admin` both; neither implies the other. */
export const scopesReach = (scopes: ReadonlyArray<KeyScope>, method: string): boolean =>
  scopes.includes("admin") || scopes.includes(isRead(method) ? "read" : "write")
