import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { SubmissionView } from "@veza/http-koa/contract"
import { becomes, givePlan, newRelease, newTrack, startWithStores, submit } from "../support/distribution.ts"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { dataOf } from "../support/product/session.ts"

let world: Awaited<ReturnType<typeof startWithStores>>
let artist: Account

beforeAll(async () => {
  world = await startWithStores()
  artist = await signUpCreator(world.product)
  await givePlan(world.product, artist.id)
})
afterAll(() => world?.stop())

const begin = async () => {
  const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
  const deliveries = () => world.stores.spotify.deliveries().filter(({ upc }) => upc === release.upc)
  const send = async () => dataOf(SubmissionView, await submit(artist.byToken, release.id)).id
  return { deliveries, send }
}
const claimed = () =>
  eventually("the message claimed", async () => {
    const held = await world.product.query("SELECT 1 FROM submission_platforms WHERE claim IS NOT NULL")
    return held.length > 0
  })
const crash = () => world.product.workerProcess().kill()
/** What a dead worker held is free again at once, as it would be ten seconds later. */
const startAnew = async () => {
  await world.product.query("UPDATE submission_platforms SET held_until = now() WHERE claim IS NOT NULL")
  await world.product.startWorker()
}

describe("a worker that is killed while it sends a release", () => {
  it("has sent nothing while its files were on their way, and the next one sends it", async () => {
    const { deliveries, send } = await begin()
    const open = world.stores.spotify.holdFiles()
    const id = await send()
    await claimed()
    await crash()
    open()
    expect(deliveries()).toEqual([])
    await startAnew()
    await becomes(artist.byToken, id, "live")
    expect(deliveries().map(({ posts }) => posts)).toEqual([1])
  })

  it("has sent it when the store did not get to answer, and the next one does not send it again", async () => {
    const { deliveries, send } = await begin()
    world.stores.spotify.behave(["hang"])
    const id = await send()
    await eventually("the delivery at the store", () => deliveries().length === 1)
    await crash()
    await startAnew()
    await becomes(artist.byToken, id, "live")
    expect(deliveries().map(({ posts }) => posts)).toEqual([1])
  })

  it("has sent it when it could not write that down, and the next one does not send it again", async () => {
    const { deliveries, send } = await begin()
    const open = world.stores.spotify.holdFiles()
    world.stores.spotify.behave(["silent"])
    const id = await send()
    await claimed()
    const release = await world.product.hold("LOCK TABLE submission_platforms IN SHARE MODE")
    open()
    await eventually("the delivery at the store", () => deliveries().length === 1)
    await crash()
    await release()
    await startAnew()
    await becomes(artist.byToken, id, "submitted")
    expect(deliveries().map(({ posts }) => posts)).toEqual([1])
  })
})
