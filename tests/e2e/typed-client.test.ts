import { Email, Username } from "@veza/domain/accounts"
import { makeClient, TrackView } from "@veza/http-koa/contract"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { password } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { mailTo, tokenIn } from "../support/product/mails.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { readyTrack, upload } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

describe("the typed client of the contract", () => {
  let product: Product
  beforeAll(async () => {
    product = await startProduct()
  })
  afterAll(() => product.stop())

  const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

  it("walks the same way with decoded data, and fails with the errors of the use-cases", async () => {
    const email = Email.make("typed@example.org")
    const username = Username.make("typed")
    const guest = await run(makeClient({ baseUrl: product.url }))
    const { data: registered } = await run(guest.auth.register({ payload: { username, email, password } }))
    expect(registered.verification_required).toBe(true)
    const tooEarly = await run(Effect.flip(guest.auth.login({ payload: { email, password } })))
    expect(tooEarly).toMatchObject({ _tag: "EmailNotVerified" })
    const token = tokenIn(await mailTo(product.mailFolder, email))
    await run(guest.auth.verifyEmail({ query: {}, headers: { "x-verify-token": token }, payload: {} }))
    const { data: tokens } = await run(guest.auth.login({ payload: { email, password } }))

    const mine = await run(makeClient({ baseUrl: product.url, accessToken: tokens.access_token }))
    expect((await run(mine.auth.me())).data.username).toBe(username)
    expect((await run(mine.users.upgradeCreator())).data.role).toBe("creator")
    const session = new Session(product.url, tokens.access_token)
    const song = await audioBytes({ folder: product.home, format: "mp3", seconds: 2 })
    const { id } = dataOf(TrackView, await upload(session, { title: "Typed" }, { name: "s.mp3", bytes: song }))
    await readyTrack(session, id)
    const { data: list } = await run(guest.tracks.list({ query: { sort: "title", order: "asc" } }))
    expect(list.list.map(({ title }) => title)).toEqual(["Typed"])
    expect((await run(mine.tracks.like({ params: { id } }))).data).toEqual({ liked: true, like_count: 1 })
    const { data: share } = await run(mine.tracks.share({ params: { id }, payload: {} }))
    const { data: shared } = await run(guest.tracks.shared({ params: { token: share.token } }))
    expect(shared.track.duration).toBeCloseTo(2, 1)
    await run(mine.auth.logout())
    expect(await run(Effect.flip(mine.auth.me()))).toMatchObject({ _tag: "SessionExpired" })
  })
})
