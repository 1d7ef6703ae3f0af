import { randomBytes, randomUUID } from "node:crypto"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ProfileView } from "@veza/http-koa/contract"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Reply, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const users = "/api/v1/users"
const Completion = Schema.Struct({ percentage: Schema.Int, missing: Schema.Array(Schema.String) })

let product: Product
let guest: Session
let artist: Account
let listener: Account
let admin: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  guest = new Session(product.url)
  const house = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", house.id)
  admin = await logIn(product.url, house)
  artist = await signUp(product)
  listener = await signUp(product)
})
afterAll(() => product.stop())

const put = (caller: Account, id: string, json: unknown): Promise<Reply> =>
  caller.byToken.call("PUT", `${users}/${id}`, { json })
const changed = async (caller: Account, id: string, json: unknown): Promise<ProfileView> =>
  dataOf(ProfileView, await put(caller, id, json))
const profileOf = async (caller: Session, id: string): Promise<ProfileView> =>
  dataOf(ProfileView, await caller.get(`${users}/${id}`))
const newName = () => `n${randomBytes(6).toString("hex")}`
/** Registers without confirming the address. */
const registered = async (): Promise<string> => {
  const username = newName()
  const reply = await guest.post("/api/v1/auth/register", { username, email: `${username}@example.org`, password })
  return dataOf(Schema.Struct({ user: Schema.Struct({ id: Schema.String }) }), reply).user.id
}

describe("a profile", () => {
  it("is told by its owner and read by everybody, on every process", async () => {
    const said = {
      display_name: "  Zoe\u0308 ",
      bio: "One\nTwo",
      social_links: { website: "https://zoe.example", bandcamp: "https://zoe.bandcamp.com" },
      birthdate: "1990-05-04"
    }
    const own = await changed(artist, artist.id, said)
    expect(own).toMatchObject({ ...said, display_name: "Zoë", email: artist.email, is_private: false })
    const seen = await eventually(
      "the profile at the other process",
      async () => {
        const found = await profileOf(guest.at(product.api(1)), artist.id)
        return found.bio === said.bio && found
      },
      promptly
    )
    expect(seen).toEqual({
      id: artist.id,
      username: artist.username,
      display_name: "Zoë",
      is_private: false,
      bio: said.bio,
      avatar_url: null,
      banner_url: null,
      social_links: said.social_links,
      role: "user",
      created_at: expect.anything()
    })
  })

  it("leaves what a change does not name, and clears what is null", async () => {
    await changed(artist, artist.id, { bio: null, social_links: null })
    const own = await profileOf(artist.byToken, artist.id)
    expect(own).toMatchObject({ display_name: "Zoë", bio: null, social_links: {}, birthdate: "1990-05-04" })
    expect(await changed(artist, artist.id, {})).toEqual(own)
  })

  it("loses neither of two changes at once", async () => {
    await Promise.all([put(artist, artist.id, { bio: "both" }), put(artist, artist.id, { display_name: "Both" })])
    expect(await profileOf(artist.byToken, artist.id)).toMatchObject({ bio: "both", display_name: "Both" })
  })

  it("is kept by caches as far as everybody may see it", async () => {
    const open = await guest.get(`${users}/${artist.id}`)
    expect(open.headers.get("cache-control")).toBe("no-cache")
    const etag = open.headers.get("etag") ?? ""
    expect((await guest.get(`${users}/${artist.id}`, { "if-none-match": etag })).status).toBe(304)
    const own = await artist.byToken.get(`${users}/${artist.id}`)
    expect(own.headers.get("cache-control")).toBe("no-store")
  })

  it("is found by its username in any case, even by one that is called as a route", async () => {
    const named = await signUp(product)
    expect((await changed(named, named.id, { username: "Avatar" })).username).toBe("avatar")
    for (const name of ["avatar", "AVATAR"]) {
      const reply = await guest.get(`${users}/by-username/${name}`)
      expect(dataOf(ProfileView, reply).id).toBe(named.id)
    }
    for (const name of ["nobody-here", "\u0430vatar", "a b", "kelvin\u212a", "%"]) {
      expectRefusal(await guest.get(`${users}/by-username/${encodeURIComponent(name)}`), 404, "USER_NOT_FOUND")
    }
  })

  it("that is private shows strangers a stub, its owner and administrators the whole", async () => {
    await changed(listener, listener.id, { is_private: true, display_name: "Shy", bio: "secret" })
    const stub = { id: listener.id, username: listener.username, display_name: "Shy", is_private: true }
    for (const stranger of [guest, artist.byToken]) {
      expect(await profileOf(stranger, listener.id)).toEqual(stub)
      const byName = await stranger.get(`${users}/by-username/${listener.username}`)
      expect(dataOf(ProfileView, byName)).toEqual(stub)
    }
    for (const { byToken } of [listener, admin]) {
      expect(await profileOf(byToken, listener.id)).toMatchObject({ bio: "secret", email: listener.email })
    }
  })

  it("of somebody unconfirmed, banned, or nobody is one and the same 404 to all but administrators", async () => {
    const [waiting, unknown] = [await registered(), randomUUID()]
    const banned = (await signUp(product)).id
    await product.query("UPDATE users SET is_banned = true WHERE id = $1", banned)
    const bodies = new Set<string>()
    for (const id of [waiting, banned, unknown]) {
      for (const stranger of [guest, artist.byToken]) {
        const reply = await stranger.get(`${users}/${id}`)
        expectRefusal(reply, 404, "USER_NOT_FOUND")
        bodies.add(reply.bytes.toString().replace(/"request_id":"[^"]*"/u, ""))
      }
      expectRefusal(await put(artist, id, { bio: "x" }), 404, "USER_NOT_FOUND")
      expectRefusal(await artist.byToken.get(`${users}/${id}/completion`), 404, "USER_NOT_FOUND")
    }
    expect(bodies.size).toBe(1)
    expect(await profileOf(admin.byToken, waiting)).toMatchObject({ is_verified: false })
    expect(await profileOf(admin.byToken, banned)).toMatchObject({ is_banned: true })
    expectRefusal(await admin.byToken.get(`${users}/${unknown}`), 404, "USER_NOT_FOUND")
  })

  it("is changed by its owner and administrators only, and what they did is told", async () => {
    expectRefusal(await put(artist, listener.id, { bio: "not yours" }), 403, "FORBIDDEN")
    expectRefusal(await guest.call("PUT", `${users}/${artist.id}`, { json: { bio: "x" } }), 401, "UNAUTHENTICATED")
    await product.workerProcess().stop()
    expect(await changed(admin, artist.id, { bio: "moderated" })).toMatchObject({ bio: "moderated" })
    const told = await product.query(
      "SELECT payload, context->>'actor_id' AS actor FROM outbox WHERE type = 'user.profile_updated' AND aggregate = $1",
      `user:${artist.id}`
    )
    await product.startWorker()
    expect(told.at(-1)).toEqual({ payload: { user_id: artist.id, fields: ["bio"], by_admin: true }, actor: admin.id })
  })
})

describe("a username", () => {
  it("is changed once in 30 days, and the old one is held", async () => {
    const one = await signUp(product)
    const name = newName()
    expect((await changed(one, one.id, { username: name.toUpperCase() })).username).toBe(name)
    expectRefusal(await put(one, one.id, { username: newName() }), 409, "USERNAME_CHANGED_RECENTLY", "username")
    expect((await put(one, one.id, { username: name, bio: "the same name" })).status).toBe(200)
    expectRefusal(await put(listener, listener.id, { username: one.username }), 409, "USERNAME_TAKEN", "username")
    const heir = { username: one.username, email: "heir@example.org", password }
    expectRefusal(await guest.post("/api/v1/auth/register", heir), 409, "USERNAME_TAKEN", "username")
    const check = await guest.get(`/api/v1/auth/check-username?username=${one.username}`)
    expect(check.json).toMatchObject({ data: { available: false } })
    expect((await changed(admin, one.id, { username: newName() })).id).toBe(one.id)
  })

  it("goes to one of two who ask for it at once", async () => {
    const rivals = await Promise.all([signUp(product), signUp(product)])
    const name = newName()
    const replies = await Promise.all(rivals.map((rival) => put(rival, rival.id, { username: name })))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
  })
})

describe("the completion of a profile", () => {
  it("is for its owner and administrators", async () => {
    const fresh = await signUp(product)
    const path = `${users}/${fresh.id}/completion`
    const all = ["display_name", "bio", "avatar", "banner", "social_links", "birthdate"]
    expect(dataOf(Completion, await fresh.byToken.get(path))).toEqual({ percentage: 0, missing: all })
    await changed(fresh, fresh.id, { display_name: "F", bio: "b", birthdate: "1990-01-01" })
    expect(dataOf(Completion, await admin.byToken.get(path))).toEqual({
      percentage: 50,
      missing: ["avatar", "banner", "social_links"]
    })
    expectRefusal(await artist.byToken.get(path), 403, "FORBIDDEN")
    expectRefusal(await guest.get(path), 401, "UNAUTHENTICATED")
  })
})

describe("a change that is not as declared", () => {
  const young = `${new Date().getUTCFullYear() - 10}-01-01`
  const links = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "https://veza.example"]))
  it.each([
    ["an empty display name", { display_name: "  " }, "VALIDATION_FAILED", "display_name"],
    ["a display name of 101 characters", { display_name: "x".repeat(101) }, "VALIDATION_FAILED", "display_name"],
    ["a display name with a control character", { display_name: "a\u0007b" }, "VALIDATION_FAILED", "display_name"],
    ["a bio of 1001 characters", { bio: "x".repeat(1001) }, "VALIDATION_FAILED", "bio"],
    ["a bio with NUL", { bio: "a\0b" }, "VALIDATION_FAILED", "bio"],
    ["a bio that is no text", { bio: 7 }, "VALIDATION_FAILED", "bio"],
    [
      "a link under an unknown key",
      { social_links: { myspace: "https://m.example" } },
      "VALIDATION_FAILED",
      "social_links.myspace"
    ],
    ["a link that is not https", { social_links: { x: "http://x.example" } }, "VALIDATION_FAILED", "social_links.x"],
    ["links that are a list", { social_links: ["https://x.example"] }, "VALIDATION_FAILED", "social_links"],
    ["a flag that is null", { is_private: null }, "VALIDATION_FAILED", "is_private"],
    ["a day that never was", { birthdate: "2001-02-29" }, "VALIDATION_FAILED", "birthdate"],
    ["a birthdate of a child", { birthdate: young }, "UNDERAGE", "birthdate"],
    ["a reserved username", { username: "admin" }, "VALIDATION_FAILED", "username"],
    ["a username with a look-alike", { username: "p\u0430ul" }, "VALIDATION_FAILED", "username"],
    ["several at once", { bio: 1, is_private: "yes" }, "VALIDATION_FAILED", "bio,is_private"]
  ])("%s", async (_what, json, code, fields) => {
    const before = await profileOf(artist.byToken, artist.id)
    expectRefusal(
      await put(artist, artist.id, { ...json, ...("display_name" in json ? {} : { display_name: "Half" }) }),
      400,
      code,
      fields
    )
    expect(await profileOf(artist.byToken, artist.id)).toEqual(before)
  })

  it("more links than ten", async () => {
    expect((await put(artist, artist.id, { social_links: links(11) })).status).toBe(400)
  })

  it("an id that is none", async () => {
    for (const path of ["me", "xyz"]) {
      expectRefusal(await guest.get(`${users}/${path}`), 400, "VALIDATION_FAILED", "id")
    }
  })
})
