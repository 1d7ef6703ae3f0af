import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { backupCodesIn, challengeOf, enableFactor, setUpFactor } from "../support/product/second-factor.ts"
import { dataOf, failureOf, type Reply, Session } from "../support/product/session.ts"
import { codeNow, wrongCode } from "../support/product/totp.ts"
import { type Product, startProduct } from "../support/product.ts"

const auth = "/api/v1/auth"
const me = `${auth}/me`
const Tokens = Schema.Struct({ access_token: Schema.String, refresh_token: Schema.String })

let product: Product
beforeAll(async () => {
  product = await startProduct({ apis: 2 })
})
afterAll(() => product?.stop())

const login = (account: Account, more: object = {}, base = product.url) =>
  new Session(base).post(`${auth}/login`, { email: account.email, password: account.password, ...more })
const verify = (body: object, base = product.url) => new Session(base).post(`${auth}/2fa/verify`, body)
/** As if the last code had been used long ago: authenticators show a new one only every 30 seconds. */
const forgetStep = (account: Account) =>
  product.query("UPDATE second_factors SET last_step = 0 WHERE user_id = $1", account.id)
const withFactor = async () => {
  const account = await signUp(product)
  const factor = await enableFactor(account)
  await forgetStep(account)
  return { account, ...factor }
}
const sessionsOf = async (account: Account): Promise<ReadonlyArray<unknown>> =>
  product.query("SELECT second_factor_at IS NOT NULL AS passed FROM sessions WHERE user_id = $1", account.id)
const statuses = (replies: ReadonlyArray<Reply>) => replies.map(({ status }) => status).toSorted()
const mailAbout = (email: string, subject: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await product.mails()).find(
      (mail) => mail.subject === subject && mail.to?.some(({ address }) => address === email)
    )
  )

describe("setting a second factor up", () => {
  it("gives a secret in every form, a new one each time, and changes nothing before its first code", async () => {
    const account = await signUp(product)
    const first = await setUpFactor(account)
    const second = await setUpFactor(account)
    expect(second.secret).not.toBe(first.secret)
    expect(second.otpauth_uri).toContain(`secret=${second.secret}`)
    expect(second.qr_svg).toMatch(/^<svg/)
    expect(Buffer.from(second.qr_data_uri.split(",")[1] ?? "", "base64").toString()).toBe(second.qr_svg)
    expectRefusal(
      await account.byToken.post(`${auth}/2fa/enable`, { code: codeNow(first.secret) }),
      401,
      "INVALID_SECOND_FACTOR"
    )
    await logIn(product.url, account)
  })

  it("ends with ten backup codes, a mail to the owner, and other devices still signed in", async () => {
    const account = await signUp(product)
    const elsewhere = await logIn(product.url, account)
    const { backupCodes } = await enableFactor(account)
    expect(new Set(backupCodes).size).toBe(10)
    expect((await elsewhere.byToken.get(me)).status).toBe(200)
    expect(await sessionsOf(account)).toEqual(expect.arrayContaining([{ passed: true }, { passed: false }]))
    await mailAbout(account.email, "Two-factor authentication is on")
    expectRefusal(await account.byToken.post(`${auth}/2fa/setup`), 409, "SECOND_FACTOR_ENABLED")
    expectRefusal(await account.byToken.post(`${auth}/2fa/enable`, { code: "123456" }), 409, "SECOND_FACTOR_ENABLED")
  })

  it("twice at once enables it once, and hands out one set of codes", async () => {
    const account = await signUp(product)
    const { secret } = await setUpFactor(account)
    const replies = await Promise.all(
      [0, 1].map(() => account.byToken.post(`${auth}/2fa/enable`, { code: codeNow(secret) }))
    )
    expect(statuses(replies)).toEqual([200, 409])
  })

  it("keeps no secret and no code readable in the database", async () => {
    const { account, secret, backupCodes } = await withFactor()
    const rows = JSON.stringify(
      await product.query(
        "SELECT encode(f.secret, 'escape') AS s, encode(c.digest, 'escape') AS d FROM second_factors f JOIN backup_codes c USING (user_id) WHERE user_id = $1",
        account.id
      )
    )
    for (const known of [secret, ...backupCodes]) expect(rows).not.toContain(known)
  })

  it("is no matter for strangers or for nonsense", async () => {
    const account = await signUp(product)
    expectRefusal(await new Session(product.url).post(`${auth}/2fa/setup`), 401, "UNAUTHENTICATED")
    expectRefusal(await account.byToken.post(`${auth}/2fa/enable`, {}), 400, "VALIDATION_FAILED", "code")
    expectRefusal(await account.byToken.post(`${auth}/2fa/enable`, { code: 123456 }), 400, "VALIDATION_FAILED", "code")
    expectRefusal(await account.byToken.post(`${auth}/2fa/enable`, { code: "123456" }), 409, "SECOND_FACTOR_NOT_SET_UP")
    const off = { password, code: "123456" }
    expectRefusal(await account.byToken.post(`${auth}/2fa/disable`, off), 409, "SECOND_FACTOR_NOT_SET_UP")
    expectRefusal(
      await account.byToken.post(`${auth}/2fa/backup-codes`, { code: "1" }),
      409,
      "SECOND_FACTOR_NOT_SET_UP"
    )
  })
})

describe("logging in with a second factor", () => {
  it("asks for it after a right password only, with a challenge that a code answers on any process", async () => {
    const { account, secret } = await withFactor()
    expectRefusal(await login({ ...account, password: "not-the-right-one" }), 401, "INVALID_CREDENTIALS")
    const asked = await challengeOf(product.url, account)
    expect(asked).toMatchObject({ methods: ["totp", "backup_code"], expires_in: 300 })
    const session = new Session(product.api(1))
    const reply = await session.post(`${auth}/2fa/verify`, { challenge: asked.challenge, code: codeNow(secret) })
    const tokens = dataOf(Tokens, reply)
    expect(session.cookies.get("access_token")).toBe(tokens.access_token)
    expect((await new Session(product.url, tokens.access_token).get(me)).status).toBe(200)
    expect(await sessionsOf(account)).toContainEqual({ passed: true })
  })

  it("takes a code with the password at once, and keeps the memory of remember_me over a challenge", async () => {
    const { account, secret } = await withFactor()
    expect((await login(account, { totp_code: codeNow(secret).replace(/(?=...$)/u, " ") })).status).toBe(200)
    await forgetStep(account)
    const { challenge } = await challengeOf(product.url, account, { remember_me: true })
    const reply = await verify({ challenge, code: codeNow(secret) })
    expect(reply.headers.getSetCookie().join()).toMatch(/refresh_token=[^;]+;[^,]*Max-Age=(?:2592000|25919\d\d);/u)
  })

  it("refuses a code that was used, also by another challenge, and an earlier one", async () => {
    const { account, secret } = await withFactor()
    const code = codeNow(secret)
    expect((await login(account, { totp_code: code })).status).toBe(200)
    expectRefusal(await login(account, { totp_code: code }), 401, "INVALID_SECOND_FACTOR")
    expectRefusal(await login(account, { totp_code: codeNow(secret, -1) }), 401, "INVALID_SECOND_FACTOR")
    const { challenge } = await challengeOf(product.url, account)
    expectRefusal(await verify({ challenge, code }), 401, "INVALID_SECOND_FACTOR")
  })

  it("opens one session for two answers at once, by one challenge or by two", async () => {
    const { account, secret } = await withFactor()
    const { challenge } = await challengeOf(product.url, account)
    const answer = { challenge, code: codeNow(secret) }
    expect(statuses(await Promise.all([verify(answer), verify(answer, product.api(1))]))).toEqual([200, 401])
    await forgetStep(account)
    const challenges = await Promise.all([0, 1].map(() => challengeOf(product.url, account)))
    const code = codeNow(secret)
    const replies = await Promise.all(
      challenges.map((one, n) => verify({ challenge: one.challenge, code }, product.api(n)))
    )
    expect(statuses(replies)).toEqual([200, 401])
    expect((await sessionsOf(account)).length).toBe(3)
  })

  it("takes each backup code once, however it is typed, and answers a wrong one as it does a wrong code", async () => {
    const { account, secret, backupCodes } = await withFactor()
    const typed = (backupCodes[0] ?? "").toLowerCase().replaceAll("-", " ")
    const replies = await Promise.all([0, 1].map((n) => login(account, { backup_code: typed }, product.api(n))))
    expect(statuses(replies)).toEqual([200, 401])
    const errors = [
      await login(account, { backup_code: typed }),
      await login(account, { backup_code: "AAAA-AAAA-AAAA-AAAA" }),
      await login(account, { totp_code: wrongCode(secret) })
    ].map((reply) => ({ ...failureOf(reply), request_id: "" }))
    expect(errors[0]).toMatchObject({ code: "INVALID_SECOND_FACTOR" })
    expect(errors[1]).toEqual(errors[0])
    expect(errors[2]).toEqual(errors[0])
    await eventually("the entries", async () => {
      const entries = await product.query(
        "SELECT metadata->>'method' AS method FROM audit_entries WHERE actor = $1 AND action = 'user.second_factor_failed' ORDER BY metadata->>'method'",
        account.id
      )
      return entries.length === 4 && entries
    }).then((entries) =>
      expect(entries).toEqual(["backup_code", "backup_code", "backup_code", "totp"].map((method) => ({ method })))
    )
  })

  it("gives a challenge five attempts and five minutes, and one answer for all that is none", async () => {
    const { account, secret } = await withFactor()
    const { challenge } = await challengeOf(product.url, account)
    for (let n = 0; n < 5; n++) {
      expectRefusal(await verify({ challenge, backup_code: "AAAA" }), 401, "INVALID_SECOND_FACTOR")
    }
    expectRefusal(await verify({ challenge, code: codeNow(secret) }), 401, "INVALID_CHALLENGE")
    const late = await challengeOf(product.url, account)
    await product.query("UPDATE login_challenges SET expires_at = now() WHERE user_id = $1", account.id)
    expectRefusal(await verify({ challenge: late.challenge, code: codeNow(secret) }), 401, "INVALID_CHALLENGE")
    for (const other of [
      "nonsense",
      account.byToken.token ?? "",
      account.byCookie.cookies.get("refresh_token") ?? ""
    ]) {
      expectRefusal(await verify({ challenge: other, code: codeNow(secret) }), 401, "INVALID_CHALLENGE")
    }
    expectRefusal(await verify({ challenge }), 400, "VALIDATION_FAILED", "code")
  })

  it("makes a challenge worth nothing as any other token, or once the password changed", async () => {
    const { account, secret } = await withFactor()
    const { challenge } = await challengeOf(product.url, account)
    expect((await new Session(product.url, challenge).get(me)).status).toBe(401)
    expect((await new Session(product.url).post(`${auth}/refresh`, { refresh_token: challenge })).status).toBe(401)
    const reset = { token: challenge, new_password: "another-good-long-one" }
    expect((await new Session(product.url).post(`${auth}/password/reset`, reset)).status).toBe(400)
    const json = { current_password: password, new_password: "another-good-long-one" }
    expect((await account.byToken.call("PUT", "/api/v1/users/me/password", { json })).status).toBe(200)
    expectRefusal(await verify({ challenge, code: codeNow(secret) }), 401, "INVALID_CHALLENGE")
  })

  it("makes a guesser of codes wait, wherever they are, while a backup code still opens", async () => {
    const { account, secret, backupCodes } = await withFactor()
    for (let n = 0; n < 5; n++) {
      const reply = await login(account, { totp_code: wrongCode(secret) }, product.api(n % 2))
      expectRefusal(reply, 401, "INVALID_SECOND_FACTOR")
    }
    const delayed = await login(account, { totp_code: codeNow(secret) }, product.api(1))
    expectRefusal(delayed, 429, "TOO_MANY_ATTEMPTS")
    expect(Number(delayed.headers.get("retry-after"))).toBeGreaterThan(0)
    expect((await login(account, { backup_code: backupCodes[3] })).status).toBe(200)
    await product.query("UPDATE failed_attempts SET last_at = last_at - interval '15 minutes'")
    expect((await login(account, { totp_code: codeNow(secret) })).status).toBe(200)
  })
})

describe("a second factor that is on", () => {
  it("gives new backup codes for a code, and the old ones are worth nothing", async () => {
    const { account, secret, backupCodes } = await withFactor()
    const path = `${auth}/2fa/backup-codes`
    expectRefusal(await account.byToken.post(path, { code: backupCodes[0] }), 401, "INVALID_SECOND_FACTOR")
    const fresh = backupCodesIn(await account.byToken.post(path, { code: codeNow(secret) }))
    expectRefusal(await login(account, { backup_code: backupCodes[0] }), 401, "INVALID_SECOND_FACTOR")
    expect((await login(account, { backup_code: fresh[0] })).status).toBe(200)
  })

  it("goes by password and code both, tells the owner, and leaves no session that passed it", async () => {
    const { account, secret, backupCodes } = await withFactor()
    const path = `${auth}/2fa/disable`
    const wrong = { password: "not-the-right-one", code: codeNow(secret) }
    expectRefusal(await account.byToken.post(path, wrong), 401, "INVALID_CREDENTIALS")
    expectRefusal(await account.byToken.post(path, { password, code: wrongCode(secret) }), 401, "INVALID_SECOND_FACTOR")
    expectRefusal(await account.byToken.post(path, { password }), 400, "VALIDATION_FAILED", "code")
    expect((await account.byToken.post(path, { password, backup_code: backupCodes[0] })).status).toBe(200)
    expect((await account.byToken.get(me)).status).toBe(200)
    expect(await sessionsOf(account)).toEqual([{ passed: false }])
    expect((await login(account)).status).toBe(200)
    await mailAbout(account.email, "Two-factor authentication is off")
  })
})
