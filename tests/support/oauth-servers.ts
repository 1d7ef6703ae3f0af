import { createHash, randomBytes } from "node:crypto"
import { createServer, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { freePorts } from "./services/ports.ts"

/** What the interfaces of the providers answer for whoever logs in, by path; a number is a bare status. */
export type Answers = Readonly<Record<string, unknown>>

interface Grant {
  readonly challenge: string
  readonly redirectUri: string
}

const sha256 = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url")

/** Client id and secret, from the body or from Basic authentication (RFC 6749 §2.3.1). */
const clientIn = (request: IncomingMessage, form: URLSearchParams): string => {
  const basic = /^Basic (.+)$/u.exec(request.headers.authorization ?? "")?.[1]
  return basic === undefined
    ? `post ${form.get("client_id")}:${form.get("client_secret")}`
    : `basic ${Buffer.from(basic, "base64").toString()}`
}

export type OAuthServer = Awaited<ReturnType<typeof startOAuthServer>>

/**
 * A provider that speaks plain OAuth 2 in the shapes of GitHub, Discord and Spotify: codes used once, PKCE, client
 * authentication, and the interface that tells who somebody is.
 */
export const startOAuthServer = async (paths: { readonly authorize: string; readonly token: string }) => {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const secret = randomBytes(16).toString("hex")
  const grants = new Map<string, Grant>()
  const tokens = new Set<string>()
  const seen: Array<string> = []
  let answers: Answers = {}

  const exchange = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const form = new URLSearchParams(await text(request))
    const client = clientIn(request, form)
    seen.push(client.split(" ")[0] ?? "")
    const grant = grants.get(form.get("code") ?? "")
    grants.delete(form.get("code") ?? "")
    const holds =
      client.endsWith(` veza:${secret}`) &&
      grant?.challenge === sha256(form.get("code_verifier") ?? "") &&
      grant.redirectUri === form.get("redirect_uri")
    // GitHub answers its errors with 200.
    if (!holds) return [paths.token.startsWith("/login") ? 200 : 400, { error: "bad_verification_code" }]
    const access_token = randomBytes(16).toString("hex")
    tokens.add(access_token)
    return [200, { access_token, token_type: "bearer", scope: "a,b", refresh_token: randomBytes(8).toString("hex") }]
  }
  const tell = (request: IncomingMessage): readonly [number, unknown] => {
    const token = /^Bearer (.+)$/iu.exec(request.headers.authorization ?? "")?.[1] ?? ""
    if (!tokens.has(token)) return [401, { message: "Bad credentials" }]
    const answer = answers[request.url ?? ""]
    return typeof answer === "number" ? [answer, {}] : [answer === undefined ? 404 : 200, answer]
  }
  const server = createServer((request, response) => {
    void Promise.resolve(request.url === paths.token ? exchange(request) : tell(request)).then(([status, body]) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}))
    )
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))

  return {
    url,
    secret,
    /** How clients authenticated, in order. */
    seen,
    /** Somebody says yes at the provider's page; answers where their browser is sent. */
    visit: (location: string, person: Answers): URL => {
      const asked = new URL(location)
      if (!location.startsWith(`${url}${paths.authorize}?`) || asked.searchParams.get("client_id") !== "veza") {
        throw new Error(`Not an authorization request: ${location}`)
      }
      answers = person
      const code = randomBytes(8).toString("hex")
      const redirectUri = asked.searchParams.get("redirect_uri") ?? ""
      grants.set(code, { challenge: asked.searchParams.get("code_challenge") ?? "", redirectUri })
      const back = new URL(redirectUri)
      back.searchParams.set("code", code)
      back.searchParams.set("state", asked.searchParams.get("state") ?? "")
      return back
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
