import type { Person } from "./people.ts"
import type { Outcome } from "./rows.ts"

/** Who the guards take the bearer of a credential for: nobody, a session or key of the person, or why they refuse. */
type Meaning = "nobody" | "session" | { readonly scopes: ReadonlyArray<string> } | { readonly refusal: Outcome }

/** One way to show who one is, or to fail at it. */
export interface Credential {
  readonly name: string
  readonly means: Meaning
  readonly headers: (person: Person) => Readonly<Record<string, string>>
  /** A cookie comes along, with or without what makes it count for changes. */
  readonly cookie?: { readonly proven: boolean }
  readonly fromAnotherSite?: true
  /** The session passed the second factor. */
  readonly secondFactor?: true
}

const cookie = (token: string) => ({ cookie: `access_token=${token}` })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const csrf = (token: string) => ({ "x-csrf-token": token })
const elsewhere = { "sec-fetch-site": "cross-site", origin: "https://evil.example" }

const refused = (name: string, refusal: Outcome, headers: Credential["headers"]): Credential => ({
  name,
  means: { refusal },
  headers
})
const key = (name: keyof Person["keys"], scopes: ReadonlyArray<string>): Credential => ({
  name: `a key with ${name}`,
  means: { scopes },
  headers: ({ keys }) => ({ "x-api-key": keys[name] })
})

/** Those without an account: they are asked once, not once for each role. */
export const strangers: ReadonlyArray<Credential> = [
  { name: "nothing", means: "nobody", headers: () => ({}) },
  { name: "nothing, from another site", means: "nobody", headers: () => elsewhere, fromAnotherSite: true },
  { name: "a header that is no credential", means: "nobody", headers: () => ({ "x-api-key": "anything" }) },
  refused("a token nobody signed", "401 INVALID_TOKEN", () => bearer("not.a.token")),
  refused("a key nobody issued", "401 INVALID_API_KEY", () => ({ "x-api-key": "vza_made-up" }))
]

export const credentials: ReadonlyArray<Credential> = [
  {
    name: "the cookie alone",
    means: "session",
    cookie: { proven: false },
    headers: ({ token }) => cookie(token)
  },
  {
    name: "the cookie and its CSRF token",
    means: "session",
    cookie: { proven: true },
    headers: ({ token, csrfToken }) => ({ ...cookie(token), ...csrf(csrfToken) })
  },
  {
    name: "the cookie and the CSRF token of another session",
    means: "session",
    cookie: { proven: false },
    headers: ({ token, strangeCsrfToken }) => ({ ...cookie(token), ...csrf(strangeCsrfToken) })
  },
  {
    name: "the cookie and its CSRF token, from another site",
    means: "session",
    cookie: { proven: false },
    fromAnotherSite: true,
    headers: ({ token, csrfToken }) => ({ ...cookie(token), ...csrf(csrfToken), ...elsewhere })
  },
  {
    name: "the cookie and the Bearer token",
    means: "session",
    cookie: { proven: false },
    headers: ({ token }) => ({ ...cookie(token), ...bearer(token) })
  },
  { name: "the Bearer token", means: "session", headers: ({ token }) => bearer(token) },
  {
    name: "the Bearer token of a session that passed the second factor",
    means: "session",
    secondFactor: true,
    headers: ({ provenToken }) => bearer(provenToken)
  },
  {
    name: "the cookie of a session that passed the second factor, with another's CSRF token",
    means: "session",
    secondFactor: true,
    cookie: { proven: false },
    headers: ({ provenToken, csrfToken }) => ({ ...cookie(provenToken), ...csrf(csrfToken) })
  },
  key("read", ["read"]),
  key("write", ["write"]),
  key("both", ["read", "write"]),
  key("admin", ["admin"]),
  refused("a key that has ended", "401 INVALID_API_KEY", ({ keys }) => ({ "x-api-key": keys.ended })),
  refused("a token that has expired", "401 INVALID_TOKEN", ({ expiredToken }) => bearer(expiredToken)),
  refused("the token of a session that was revoked", "401 SESSION_EXPIRED", ({ endedToken }) => bearer(endedToken)),
  refused("a token of an earlier version", "401 TOKEN_REVOKED", ({ outdatedToken }) => bearer(outdatedToken)),
  refused("a token for somebody else's session", "403 SESSION_USER_MISMATCH", ({ strayToken }) => bearer(strayToken))
]
