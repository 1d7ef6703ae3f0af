import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type CountedHost, startCountedHost } from "../support/counted-host.ts"
import { failureOf, type Reply, Session } from "../support/product/session.ts"

const auth = "/api/v1/auth"
const password = "a-good-long-one"
const home = mkdtempSync(join(tmpdir(), "veza-enumeration-"))

let host: CountedHost
let people = 0
beforeAll(async () => {
  host = await startCountedHost(home)
})
afterAll(async () => {
  await host?.stop()
  rmSync(home, { recursive: true, force: true })
})

interface Person {
  readonly username: string
  readonly email: string
}
/** All names are of one length, so that answers may be compared byte by byte. */
const somebody = (): Person => {
  const username = `person${String(people++).padStart(4, "0")}`
  return { username, email: `${username}@example.org` }
}
const post = (path: string, json: object, token?: string) =>
  new Session(host.url, token).post(path, json, { "x-request-id": "same" })
const registerAs = ({ username, email }: Person) => post(`${auth}/register`, { username, email, password })
const registered = async (): Promise<Person> => {
  const person = somebody()
  expect((await registerAs(person)).status).toBe(201)
  return person
}
const verified = async (): Promise<Person> => {
  const person = await registered()
  await host.query(`UPDATE users SET is_verified = true WHERE email = '${person.email}'`)
  return person
}
const withFactor = async (): Promise<Person> => {
  const person = await verified()
  await host.query(
    `INSERT INTO second_factors (user_id, secret, created_at, enabled_at) SELECT id, '\\x00', now(), now() FROM users WHERE email = '${person.email}'`
  )
  return person
}

/** What shows of a request, and what it made the host do; the names in it are made alike. */
const observe = async (ask: () => Promise<Reply>, ...names: ReadonlyArray<string>) => {
  host.work()
  const reply = await ask()
  const work = host.work()
  const alike = (text: string) =>
    names
      .reduce((left, name) => left.replaceAll(name, "NAME"), text)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}/gu, "ID")
  return {
    status: reply.status,
    body: alike(reply.bytes.toString()),
    headers: [...reply.headers.keys()].filter((name) => name !== "date"),
    hashes: work.hashes,
    statements: work.statements,
    limiters: work.limiters.map(alike)
  }
}

/** Expects two requests to look alike from outside and to be the same work inside. */
const expectAlike = async (
  [askKnown, known]: readonly [() => Promise<Reply>, ReadonlyArray<string>],
  [askUnknown, unknown]: readonly [() => Promise<Reply>, ReadonlyArray<string>]
) => {
  const first = await observe(askKnown, ...known)
  const second = await observe(askUnknown, ...unknown)
  expect(second).toEqual(first)
  return first
}

describe("whether an address has an account shows neither in the answer nor in the work", () => {
  it("of registering", async () => {
    const [owner, one, other] = [await verified(), somebody(), somebody()]
    const again = { username: one.username, email: owner.email }
    const { hashes, status } = await expectAlike(
      [() => registerAs(again), [again.email, again.username]],
      [() => registerAs(other), [other.email, other.username]]
    )
    expect({ hashes, status }).toEqual({ hashes: 1, status: 201 })
  })

  it.each([
    ["a confirmed one", verified],
    ["one that waits for confirmation", registered],
    ["one with a second factor", withFactor]
  ])("of logging in with a wrong password, compared with %s, however often", async (_, person) => {
    const [owner, nobody] = [await person(), somebody()]
    const login = (email: string) => () =>
      post(`${auth}/login`, { email, password: "not-the-right-one", totp_code: "1" })
    for (let n = 0; n < 3; n++) {
      const { hashes, status } = await expectAlike(
        [login(owner.email), [owner.email]],
        [login(nobody.email), [nobody.email]]
      )
      expect({ hashes, status }).toEqual({ hashes: 1, status: 401 })
    }
  })

  it.each([
    ["resend-verification", registered],
    ["resend-verification", verified],
    ["password/reset-request", verified],
    ["password/reset-request", registered]
  ])("of %s", async (path, person) => {
    const [owner, nobody] = [await person(), somebody()]
    const ask = (email: string) => () => post(`${auth}/${path}`, { email })
    const { statements, limiters } = await expectAlike(
      [ask(owner.email), [owner.email]],
      [ask(nobody.email), [nobody.email]]
    )
    expect(statements.length).toBeGreaterThan(2)
    expect(limiters.map((one) => one.split(" ")[0])).toEqual(["global", "login"])
  })

  it("of answering a challenge, whether it was of an account that went, was used up or never was", async () => {
    const [gone, spent] = [await withFactor(), await withFactor()]
    const challengeOf = async ({ email }: Person) => {
      const { meta } = failureOf(await post(`${auth}/login`, { email, password }))
      return Schema.decodeUnknownSync(Schema.Struct({ challenge: Schema.String }))({ challenge: meta?.["challenge"] })
        .challenge
    }
    const challenges = [await challengeOf(gone), await challengeOf(spent)]
    await host.query(`DELETE FROM users WHERE email = '${gone.email}'`)
    await host.query(`UPDATE login_challenges SET attempts = 5`)
    const answer = (challenge: string) => () => post(`${auth}/2fa/verify`, { challenge, code: "123456" })
    for (const challenge of challenges) {
      const { hashes, body } = await expectAlike([answer(challenge), []], [answer("A".repeat(43)), []])
      expect(hashes).toBe(0)
      expect(body).toContain("INVALID_CHALLENGE")
    }
  })

  it("of moving one's account to it", async () => {
    const [owner, mover, free] = [await verified(), await verified(), somebody()]
    const reply = await post(`${auth}/login`, { email: mover.email, password })
    const { data } = Schema.decodeUnknownSync(Schema.Struct({ data: Schema.Struct({ access_token: Schema.String }) }))(
      reply.json
    )
    const move = (email: string) => () =>
      new Session(host.url, data.access_token).call("PUT", "/api/v1/users/me/email", {
        json: { email },
        headers: { "x-request-id": "same" }
      })
    await move(somebody().email)()
    await expectAlike([move(owner.email), [owner.email]], [move(free.email), [free.email]])
  })
})
