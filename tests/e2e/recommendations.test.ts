import { readFile } from "node:fs/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf } from "../support/product/session.ts"
import { tracksPath, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const Listed = Schema.Struct({ list: Schema.Array(Schema.Struct({ title: Schema.String })) })
const path = `${tracksPath}/recommendations`

let product: Product
let fan: Account
let listener: Account

const like = (who: Account, id: string) => who.byToken.post(`${tracksPath}/${id}/like`)
const titles = async (who: Account, query = "", headers = {}) =>
  dataOf(Listed, await who.byToken.get(path + query, headers)).list.map(({ title }) => title)

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
  const artist = await signUpCreator(product)
  ;[fan, listener] = [await signUp(product), await signUp(product)]
  const named = async (title: string, seconds: number) => {
    const bytes = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds }))
    return (await uploadReady(artist.byToken, title, { name: "a.wav", bytes })).id
  }
  const [shared, hidden, hit] = [await named("shared", 1), await named("hidden gem", 2), await named("hit", 3)]
  for (const id of [shared, hidden]) await like(fan, id)
  for (let n = 0; n < 3; n++) await like(await signUp(product), hit)
  await like(listener, shared)
})
afterAll(() => product.stop())

it("are what people like who like the same, then what most people like; never what one likes already", async () => {
  expect(await titles(listener)).toEqual(["hidden gem", "hit"])
  expect(await titles(listener, "?limit=1")).toEqual(["hidden gem"])
  for (const limit of ["0", "51", "x"]) {
    expectRefusal(await listener.byToken.get(`${path}?limit=${limit}`), 400, "VALIDATION_FAILED")
  }
})

it("are the same for everybody who does not want to be profiled", async () => {
  expect(await titles(listener, "", { "sec-gpc": "1" })).toEqual(["hit", "hidden gem"])
  expect((await listener.byToken.post("/api/v1/users/me/privacy/opt-out")).status).toBe(200)
  expect(await titles(listener)).toEqual(["hit", "hidden gem"])
})
