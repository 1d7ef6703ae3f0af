import { HttpApi } from "effect/http-api"
import { Role } from "@veza/domain/kernel"
import { Api } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Credential, credentials, strangers } from "../support/guards/credentials.ts"
import { acts, type Attempt, expectedOf, isPersonal } from "../support/guards/expected.ts"
import { type Heard, knocker } from "../support/guards/knock.ts"
import { peopleOf, type Person } from "../support/guards/people.ts"
import type { Row, Subject } from "../support/guards/rows.ts"
import { guardTable } from "../support/guards/table.ts"
import { type Product, startProduct } from "../support/product.ts"

const table = new Map<string, Row>(Object.entries(guardTable))
const routes: Array<{ readonly name: string; readonly method: string; readonly path: string }> = []
HttpApi.reflect(Api, {
  onGroup: () => {},
  onEndpoint: ({ endpoint: { method, path } }) => {
    const pattern = path.replace(/(?<=.)\/$/u, "")
    routes.push({ name: `${method} ${pattern}`, method, path: pattern })
  }
})

let product: Product
let http: ReturnType<typeof knocker>
let people: ReturnType<typeof peopleOf>
let everybody: ReadonlyArray<Person>
let somebodyElse: Person
const subjects = new Map<string, Promise<string>>()

beforeAll(async () => {
  const provider = { OAUTH_GITHUB_CLIENT_ID: "tests", OAUTH_GITHUB_CLIENT_SECRET: "tests" }
  const env = { ...provider, CLAMAV_REQUIRED: "false", LOG_LEVEL: "WARN" }
  product = await startProduct({ workers: 0, env })
  http = knocker(product.url, 16)
  people = peopleOf(product)
  somebodyElse = await people.person("creator")
  everybody = await Promise.all(Role.literals.map((role) => people.person(role)))
})
afterAll(async () => {
  http?.close()
  await product?.stop()
})

/** Something of somebody's: a new one for a request that makes an end of it, otherwise always the same. */
const subjectOf = (kind: Subject, owner: Person, isSpent: boolean): Promise<string> => {
  if (isSpent) return people.newSubject(kind, owner)
  const name = `${kind} of ${owner.id}`
  const kept = subjects.get(name) ?? people.newSubject(kind, owner)
  subjects.set(name, kept)
  return kept
}

const fill = (path: string, owner: Person, id: string): string =>
  path
    .replace("/hls/:rendition/:file", "/hls/aac-64/index.m3u8")
    .replace(":id", id)
    .replace(":username", owner.username)
    .replace(":provider", "github")
    .replace(":token", "made-up")
    .replace(":file", "index.html")

/** The caching that an answer must not lack: what depends on the caller is for the caller (00-conventions, "Caching"). */
const cachingFault = (row: Row, credential: Credential, { headers, outcome }: Heard): string | undefined => {
  const { "cache-control": caching = "", vary = "" } = headers
  if (caching === "no-store") return undefined
  if (Number.parseInt(outcome, 10) >= 400) return `a refusal with Cache-Control “${caching}”`
  if (isPersonal(row, credential) && !/^private\b/u.test(caching)) return `personal with Cache-Control “${caching}”`
  const all =
    row.who === "anyone" || ["Origin", "Authorization", "Cookie", "X-API-Key"].every((it) => vary.includes(it))
  return all ? undefined : `Vary “${vary}”`
}

type Route = (typeof routes)[number]

/** Makes one attempt; answers what differs from what the table says. */
const judge = async (route: Route, row: Row, attempt: Attempt, usual: Person): Promise<ReadonlyArray<string>> => {
  const { credential, role, whose } = attempt
  const isSpent = acts(row, attempt)
  const caller = isSpent && row.spends === "caller" ? await people.person(usual.role) : usual
  const owner = whose === "own" ? caller : somebodyElse
  const id = row.subject === undefined ? "" : await subjectOf(row.subject, owner, isSpent && row.spends === "subject")
  const heard = await http.knock(route.method, fill(route.path, owner, id), {
    ...row.headers,
    ...credential.headers(caller)
  })
  const expected = expectedOf(row, attempt)
  const fault = cachingFault(row, credential, heard)
  const said = `${role ?? "a stranger"} with ${credential.name}, about ${whose === "own" ? "their own" : "another's"}`
  return [
    ...(heard.outcome === expected ? [] : [`${said}: ${heard.outcome} instead of ${expected}`]),
    ...(fault === undefined ? [] : [`${said}: ${fault}`])
  ]
}

const judgeAll = async (route: Route, row: Row): Promise<ReadonlyArray<string>> => {
  const { method } = route
  const owners = row.subject === undefined ? (["own"] as const) : (["own", "other"] as const)
  const ofStrangers = strangers.map((credential) =>
    judge(route, row, { method, credential, role: undefined, whose: "other" }, somebodyElse)
  )
  const ofEverybody = everybody.flatMap((person) =>
    credentials.flatMap((credential) =>
      owners.map((whose) => judge(route, row, { method, credential, role: person.role, whose }, person))
    )
  )
  return (await Promise.all([...ofStrangers, ...ofEverybody])).flat()
}

describe("the guards", () => {
  it("stand in one table, row by row the routes of the contract", () => {
    expect([...table.keys()].toSorted()).toEqual(routes.map(({ name }) => name).toSorted())
  })

  it.each(routes)("let pass at $name whom the table lets pass, and nobody else", async (route) => {
    const row = table.get(route.name)
    if (row === undefined) throw new Error(`${route.name} has no row in the table of the guards.`)
    expect(await judgeAll(route, row)).toEqual([])
  })
})
