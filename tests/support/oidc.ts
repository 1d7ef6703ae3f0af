import { generateKeyPairSync, randomBytes } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import Provider from "oidc-provider"
import { Session } from "./product/session.ts"
import { freePorts } from "./services/ports.ts"

/** Somebody with an account at the provider. */
export interface Person {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly name?: string
}

/** Somebody new, with an address that the provider vouches for unless told otherwise. */
export const someone = (more: Partial<Person> = {}): Person => {
  const sub = randomBytes(8).toString("hex")
  return { sub, email: `g${sub}@example.org`, email_verified: true, name: "Zoë Müller", ...more }
}

/** An address with other parameters. */
export const changed = (url: URL, parameters: Readonly<Record<string, string | undefined>>): URL => {
  const other = new URL(url)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) other.searchParams.delete(name)
    else other.searchParams.set(name, value)
  }
  return other
}

export type OidcServer = Awaited<ReturnType<typeof startOidc>>

/** A real OpenID provider on a port of its own, at which `person` logs in, or declines. */
export const startOidc = async (redirectUri: string) => {
  const [port = 0] = await freePorts(1)
  const issuer = `http://127.0.0.1:${port}`
  const client = { id: "veza", secret: randomBytes(24).toString("hex") }
  const people = new Map<string, Person>()
  let visitor: Person | undefined
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_post"
      }
    ],
    jwks: { keys: [{ ...key, kty: "RSA", use: "sig", kid: "test" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 }
  })

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params, prompt, session } = await provider.interactionDetails(request, response)
    if (visitor === undefined) return provider.interactionFinished(request, response, { error: "access_denied" })
    if (prompt.name === "login") {
      return provider.interactionFinished(request, response, { login: { accountId: visitor.sub } })
    }
    const grant = new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params["client_id"]) })
    grant.addOIDCScope("openid email profile")
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true }
    )
  }
  const serve = provider.callback()
  const server = createServer((request, response) => {
    const handled =
      request.url?.startsWith("/interaction/") === true ? interact(request, response) : serve(request, response)
    handled.catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))

  return {
    issuer,
    client,
    /** Goes through the provider's pages as `person`; nobody declines. Answers where the browser is sent in the end. */
    visit: async (url: string, person: Person | undefined): Promise<URL> => {
      if (person !== undefined) people.set(person.sub, person)
      visitor = person
      const browser = new Session(issuer)
      let at = new URL(url)
      while (at.origin === issuer) {
        const reply = await browser.get(at.href)
        const location = reply.headers.get("location")
        if (location === null) throw new Error(`The provider says ${reply.status}: ${reply.bytes.toString()}`)
        at = new URL(location, at)
      }
      return at
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
