import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { sweptRoutes } from "../support/sweep/routes.ts"
import { type Attempt, attemptsOn } from "../support/sweep/shots.ts"
import { faultOf, faultOfRefusal, makeGun, type Shot } from "../support/sweep/wire.ts"
import { type Product, startProduct } from "../support/product.ts"

const connections = 6
const routes = sweptRoutes()

let product: Product
let admin: Account
let gun: ReturnType<typeof makeGun>
let outside: ReadonlyArray<Attempt>
let inside: ReadonlyArray<Attempt>
/** One good request for each route that reads JSON. */
let reading: ReadonlyArray<Attempt>

beforeAll(async () => {
  product = await startProduct({
    env: { STREAM_SERVER_INTERNAL_API_KEY: "the-key-of-the-stream-server", PAYMENT_PROVIDER: "sandbox" }
  })
  const account = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", account.id)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  admin = await logIn(product.url, account)
  // Routes of moderation are open to a session that passed a second factor only.
  await product.query("UPDATE sessions SET second_factor_at = now() WHERE user_id = $1", account.id)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  await eventually(
    "the second factor known",
    async () => (await admin.byToken.get("/api/v1/admin/dmca/notices")).status === 200
  )
  gun = makeGun(product.url, admin.byToken.token ?? "", connections)
  const attempts = routes.flatMap((route) => attemptsOn(route, admin.id))
  outside = attempts.filter((one) => one.outside !== undefined)
  inside = attempts.filter((one) => one.outside === undefined)
  const bodies = attempts.filter(({ place, shot }) => shot.body !== undefined && place.endsWith(" body body"))
  reading = [...new Map(bodies.map((one) => [one.place, one])).values()]
})
afterAll(() => {
  gun?.close()
  return product?.stop()
})

/** What went wrong with some requests, each in a line; as many at once as there are connections. */
const sweep = async <A>(all: ReadonlyArray<A>, judge: (one: A) => Promise<string | undefined>) => {
  const faults: Array<string> = []
  const queue = all.values()
  const work = async () => {
    for (const one of queue) {
      const fault = await judge(one)
      if (fault !== undefined) faults.push(fault)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  return faults
}

const judge = async ({ what, shot, outside }: Attempt) => {
  const hit = await gun.shoot(shot)
  const fault = outside === undefined ? faultOf(hit) : faultOfRefusal(hit, outside)
  return fault === undefined ? undefined : `${what}: ${fault}`
}

/** How many rows each table has, but for those that record every call. */
const rowCounts = async () => {
  const tables = await product.query(
    "SELECT relname AS name FROM pg_stat_user_tables WHERE relname !~ '^(access|api_access|audit|job)' ORDER BY relname"
  )
  const counts = tables.map((table) => {
    const name = Object(table).name
    return product.query(`SELECT '${name}' AS name, count(*)::int AS rows FROM "${name}"`)
  })
  return (await Promise.all(counts)).flat()
}

describe("input outside its schema", () => {
  it("is refused with the field named, on every route and in every field, and leaves nothing behind", async () => {
    expect(outside.length).toBeGreaterThan(1000)
    const before = await rowCounts()
    expect(await sweep(outside, judge)).toEqual([])
    expect(await rowCounts()).toEqual(before)
  })

  const tenMegabytes = `{"x":"${"x".repeat(10 * 1024 * 1024)}"}`
  const json = { "content-type": "application/json" }
  const bodies: ReadonlyArray<readonly [what: string, status: number, shot: Partial<Shot>]> = [
    ["invalid UTF-8", 400, { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
    ["an end too early", 400, { body: '{"a":"b' }],
    ["no JSON", 400, { body: "a=b" }],
    ["a number that is none", 400, { body: '{"a":NaN}' }],
    ["the same key twice", 400, { body: '{"a":1,"a":2}' }],
    ["the same key twice, once escaped", 400, { body: String.raw`{"a":1,"\u0061":2}` }],
    ["nesting of depth 33", 400, { body: "[".repeat(33) + "]".repeat(33) }],
    ["nesting of depth 10000", 400, { body: '{"a":'.repeat(10_000) }],
    ["two values", 400, { body: "{}{}" }],
    ["a body in chunks that is no JSON", 400, { body: "{", chunked: true }],
    ["another content type", 415, { body: "{}", headers: { "content-type": "text/plain" } }],
    ["no content type", 415, { body: "{}", headers: {} }],
    ["10 MB", 413, { body: tenMegabytes }],
    ["more than 1 MiB in chunks", 413, { body: tenMegabytes.slice(0, 1_200_000), chunked: true }]
  ]

  it.each(bodies)("is refused as a whole: %s, %i", async (what, status, shot) => {
    const isLarge = (shot.body?.length ?? 0) > 1_000_000
    const faults = await sweep(isLarge ? reading.slice(0, connections) : reading, async (one) => {
      const hit = await gun.shoot({ ...one.shot, headers: json, ...shot })
      const fault = status === 400 ? faultOfRefusal(hit, "body") : faultOf(hit)
      return fault === undefined && hit.status === status ? undefined : `${one.what}, ${what}: ${hit.status} ${fault}`
    })
    expect(faults).toEqual([])
  })
})

/** Without most of the values for routes that read a password: they compute its hash, which is slow on purpose. */
const affordable = (all: ReadonlyArray<Attempt>): ReadonlyArray<Attempt> => {
  const routeOf = ({ place }: Attempt) => place.split(" ", 2).join(" ")
  const slow = new Set(all.filter(({ place }) => place.endsWith("password")).map(routeOf))
  const seen = new Map<string, number>()
  return all.filter((one) => {
    const count = (seen.get(one.place) ?? 0) + 1
    seen.set(one.place, count)
    return !slow.has(routeOf(one)) || count <= 3
  })
}

describe("input at the bounds of its schema", () => {
  it("is answered, or refused with a code of the registry", async () => {
    expect(inside.length).toBeGreaterThan(500)
    expect(await sweep(affordable(inside), judge)).toEqual([])
  })

  it("leaves the API as it was: healthy, and no error in its log", async () => {
    expect((await gun.shoot({ method: "GET", path: "/readyz" })).status).toBe(200)
    expect((await admin.byToken.get("/api/v1/auth/me")).status).toBe(200)
    const { log } = product.apiProcess()
    expect(log).toMatch(/"level":/)
    expect(log.split("\n").filter((line) => /"level":\s*(?:50|60|"error"|"fatal")/iu.test(line))).toEqual([])
  })
})
