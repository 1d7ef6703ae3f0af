import { randomBytes, randomInt } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { OwnUser } from "@veza/http-koa/contract"
import { type Answers, type OAuthServer, startOAuthServer } from "../support/oauth-servers.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

type Name = "github" | "discord" | "spotify"
const paths: Record<Name, { readonly authorize: string; readonly token: string }> = {
  github: { authorize: "/login/oauth/authorize", token: "/login/oauth/access_token" },
  discord: { authorize: "/oauth2/authorize", token: "/api/oauth2/token" },
  spotify: { authorize: "/authorize", token: "/api/token" }
}
const names = ["github", "discord", "spotify"] as const
const back = "http://localhost:3000/"

let product: Product
const servers = new Map<Name, OAuthServer>()
beforeAll(async () => {
  for (const name of names) servers.set(name, await startOAuthServer(paths[name]))
  const env = names.flatMap((name) => [
    [`OAUTH_${name.toUpperCase()}_BASE_URL`, server(name).url],
    [`OAUTH_${name.toUpperCase()}_CLIENT_ID`, "veza"],
    [`OAUTH_${name.toUpperCase()}_CLIENT_SECRET`, server(name).secret]
  ])
  product = await startProduct({ workers: 0, env: Object.fromEntries(env) })
})
afterAll(async () => {
  await product?.stop()
  for (const one of servers.values()) one.stop()
})

const server = (name: Name): OAuthServer => {
  const found = servers.get(name)
  if (found === undefined) throw new Error(`${name} does not run.`)
  return found
}
const begin = async (name: Name, browser: Session): Promise<string> =>
  (await browser.get(`/api/v1/auth/oauth/${name}`)).headers.get("location") ?? ""
const comeBack = async (browser: Session, { pathname, search }: URL): Promise<string> =>
  (await browser.get(`${pathname}${search}`)).headers.get("location") ?? ""
const logIn = async (name: Name, answers: Answers) => {
  const browser = new Session(product.url)
  const at = await comeBack(browser, server(name).visit(await begin(name, browser), answers))
  return { browser, at }
}
const me = async (browser: Session) => dataOf(OwnUser, await browser.get("/api/v1/auth/me"))
const address = () => `p${randomBytes(6).toString("hex")}@example.org`

/** What each provider tells of somebody with a verified address, as far as it tells that. */
const person: Record<Name, (email: string, verified: boolean) => Answers> = {
  github: (email, verified) => ({
    "/api/v3/user": { id: randomInt(1e9), login: "Octo-Cat", name: null, email: "shown@example.org" },
    "/api/v3/user/emails": [
      { email: "second@example.org", primary: false, verified: true },
      { email, primary: true, verified }
    ]
  }),
  discord: (email, verified) => ({
    "/api/v10/users/@me": { id: String(randomInt(1e12)), username: "wumpus", global_name: "Wumpus", email, verified }
  }),
  spotify: (email) => ({ "/v1/me": { id: `s${randomInt(1e9)}`, display_name: "Smedjan", email } })
}

describe.each(["github", "discord"] as const)("logging in with %s", (name) => {
  it("makes an account by the address that it vouches for, and finds it again", async () => {
    const email = address()
    const answers = person[name](email, true)
    const { browser, at } = await logIn(name, answers)
    expect(at).toBe(back)
    const user = await me(browser)
    expect(user).toMatchObject({ email, is_verified: true })
    expect(user.username).toMatch(name === "github" ? /^octo-cat/ : /^wumpus/)
    expect((await me((await logIn(name, answers)).browser)).id).toBe(user.id)
    expect(server(name).seen).toContain("post")
  })

  it("asks for a confirmation where it does not vouch", async () => {
    expect((await logIn(name, person[name](address(), false))).at).toBe(`${back}?error=EMAIL_NOT_VERIFIED`)
  })
})

describe("logging in with spotify", () => {
  it("always asks for a confirmation, and authenticates as Spotify wants it", async () => {
    expect((await logIn("spotify", person.spotify(address(), true))).at).toBe(`${back}?error=EMAIL_NOT_VERIFIED`)
    expect(server("spotify").seen).toEqual(["basic"])
  })
})

describe.each(names)("%s", (name) => {
  it("is not believed with a code that was used, or one of another log-in", async () => {
    const browser = new Session(product.url)
    const used = server(name).visit(await begin(name, browser), person[name](address(), true))
    await comeBack(browser, used)
    const other = new Session(product.url)
    const fresh = server(name).visit(await begin(name, other), person[name](address(), true))
    const injected = new URL(fresh)
    injected.searchParams.set("code", used.searchParams.get("code") ?? "")
    expect(await comeBack(other, injected)).toBe(`${back}?error=OAUTH_FAILED`)
    expect(await comeBack(other, fresh)).toBe(`${back}?error=OAUTH_STATE_INVALID`)
  })

  it("is told from another provider that sends its answer here", async () => {
    const browser = new Session(product.url)
    const answer = server(name).visit(await begin(name, browser), person[name](address(), true))
    answer.pathname = answer.pathname.replace(name, name === "github" ? "discord" : "github")
    expect(await comeBack(browser, answer)).toBe(`${back}?error=OAUTH_STATE_INVALID`)
  })

  it("may fail, talk nonsense or talk too much", async () => {
    const [path = ""] = Object.keys(person[name]("", true))
    const down = await logIn(name, { [path]: 503 })
    expect(down.at).toBe(`${back}?error=OAUTH_PROVIDER_UNAVAILABLE`)
    expect((await logIn(name, { [path]: { id: [] } })).at).toBe(`${back}?error=OAUTH_FAILED`)
    const much = await logIn(name, { [path]: { id: "1", name: "x".repeat(600_000) } })
    expect(much.at).toBe(`${back}?error=OAUTH_PROVIDER_UNAVAILABLE`)
  })
})
