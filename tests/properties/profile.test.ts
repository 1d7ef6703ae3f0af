import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Schema } from "effect"
import fc from "fast-check"
import {
  Bio,
  completionOf,
  DisplayName,
  maxSocialLinks,
  type Profile,
  type StoredImage,
  sightOf,
  SocialLinks,
  socialLinkKeys,
  User,
  Username
} from "@veza/domain/accounts"
import { type Actor, SessionId, UserId } from "@veza/domain/kernel"

const epoch = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
const [own, other] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"].map((id) =>
  UserId.make(id)
)
const origin = { ip: "192.0.2.1", userAgent: "property", requestId: "r" }
const image: StoredImage = { storageKey: "k", contentHash: "h", changedAt: epoch }
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: null })
const chance = { numRuns: 500 }

const user = fc
  .record({
    isVerified: fc.boolean(),
    isActive: fc.boolean(),
    isBanned: fc.boolean(),
    displayName: maybe(fc.constant("Name")),
    birthdate: maybe(fc.constant("2000-01-01"))
  })
  .map(
    (given) =>
      new User({
        ...given,
        id: own ?? UserId.make(""),
        email: "a@example.org",
        username: "name",
        role: "user",
        tokenVersion: 0,
        promotedToCreatorAt: null,
        createdAt: epoch
      })
  )
const profile: fc.Arbitrary<Profile> = fc.record({
  user,
  bio: maybe(fc.constant("Bio")),
  socialLinks: fc.constantFrom({}, { website: "https://veza.example" }),
  isPrivate: fc.boolean(),
  avatar: maybe(fc.constant(image)),
  banner: maybe(fc.constant(image)),
  usernameChangedAt: fc.constant(null)
})
const signedIn = (id: UserId | undefined, role: "user" | "admin" | "moderator"): Actor => ({
  _tag: "SignedIn",
  by: "session",
  userId: id ?? UserId.make(""),
  sessionId: SessionId.make(own ?? ""),
  role,
  isVerified: true,
  authenticatedAt: 0,
  secondFactorAt: null,
  origin
})
const strangers: ReadonlyArray<Actor> = [
  { _tag: "Anonymous", origin },
  signedIn(other, "user"),
  signedIn(other, "moderator")
]

describe("who sees what of a profile", () => {
  it("its owner and administrators always see the whole", () =>
    fc.assert(
      fc.property(profile, (one) => {
        assert.strictEqual(sightOf(one, signedIn(own, "user")), "whole")
        assert.strictEqual(sightOf(one, signedIn(other, "admin")), "whole")
      })
    ))

  it("strangers see nothing of who is not there, a stub of the private, the public of the rest", () =>
    fc.assert(
      fc.property(profile, fc.constantFrom(...strangers), (one, actor) => {
        const isThere = one.user.isVerified && one.user.isActive && !one.user.isBanned
        assert.strictEqual(sightOf(one, actor), !isThere ? "absent" : one.isPrivate ? "stub" : "public")
      })
    ))
})

describe("how complete a profile is", () => {
  it("is 0 to 100, and 100 exactly when nothing is missing", () =>
    fc.assert(
      fc.property(profile, (one) => {
        const { percentage, missing } = completionOf(one)
        assert.isTrue(Number.isInteger(percentage) && percentage >= 0 && percentage <= 100)
        assert.strictEqual(percentage === 100, missing.length === 0)
        assert.strictEqual(missing.includes("bio"), one.bio === null)
        assert.strictEqual(new Set(missing).size, missing.length)
      })
    ))

  it("never falls when something is added", () =>
    fc.assert(
      fc.property(profile, (one) => {
        const before = completionOf(one)
        const after = completionOf({ ...one, avatar: image, bio: "Bio" })
        assert.isAtLeast(after.percentage, before.percentage)
        assert.isTrue(after.missing.every((part) => before.missing.includes(part)))
      })
    ))
})

const decodeName = Schema.decodeUnknownOption(DisplayName)
const decodeBio = Schema.decodeUnknownOption(Bio)
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(..."aé\u0301 \n\t\u202e\u200b\0♫") })
)

describe("a display name", () => {
  it("comes out trimmed, in NFC, visible, short and on one line; and so it stays", () =>
    fc.assert(
      fc.property(text, (typed) => {
        const name = Option.getOrUndefined(decodeName(typed))
        if (name === undefined) return
        assert.strictEqual(name, typed.trim().normalize("NFC"))
        assert.isTrue(name.length >= 1 && name.length <= 100 && !/[\p{Cc}\u202e\u2028]/u.test(name))
        assert.deepStrictEqual(decodeName(name), Option.some(name))
      }),
      chance
    ))

  it.each(["", " \t ", "\u200b\u200d", "a\u0000b", "a\nb", "\u202eevil", "x".repeat(101), "\ud800", 7, null])(
    "is not %j",
    (typed) => assert.isTrue(Option.isNone(decodeName(typed)))
  )

  it.each(["Zoë", "سارة", "李", "🎧", "x".repeat(100), "  a  "])("may be %j", (typed) =>
    assert.isTrue(Option.isSome(decodeName(typed)))
  )
})

describe("a bio", () => {
  it("keeps its lines, and nothing that does not print", () =>
    fc.assert(
      fc.property(text, (typed) => {
        const bio = Option.getOrUndefined(decodeBio(typed))
        const tidy = typed.trim().normalize("NFC")
        const isFine =
          tidy.isWellFormed() &&
          tidy.length <= 1000 &&
          ![...tidy].some((char) => /\p{Cc}/u.test(char) && !"\t\n\r".includes(char))
        if (/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(tidy)) assert.isUndefined(bio)
        else assert.strictEqual(bio, isFine ? tidy : undefined)
      }),
      chance
    ))
})

const isLinks = Schema.is(SocialLinks)

describe("social links", () => {
  it("stand under known keys only, ten at most", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...socialLinkKeys, "myspace", "__proto__x")), (keys) => {
        const links = Object.fromEntries(keys.map((key) => [key, "https://veza.example/me"]))
        const isFine = keys.length <= maxSocialLinks && !keys.includes("myspace") && !keys.includes("__proto__x")
        assert.strictEqual(isLinks(links), isFine)
      })
    ))

  it.each([
    "http://veza.example",
    "javascript:alert(1)",
    "https://user:secret@veza.example",
    "https://localhost",
    "https://127.0.0.1/x",
    "https://veza.example/a b",
    'https://veza.example/"onload=',
    "https://veza.example\\@evil.example",
    " https://veza.example",
    "https://veza.example/\u202e",
    `https://veza.example/${"x".repeat(300)}`,
    ""
  ])("are not %s", (website) => assert.isFalse(isLinks({ website })))

  it.each([
    "https://veza.example",
    "https://veza.example:8443/a?b=c#d",
    "https://xn--mller-kva.example/é",
    "https://musician.xn--p1ai/@me"
  ])("may be %s", (website) => assert.isTrue(isLinks({ website })))
})

describe("a username that looks like another", () => {
  it("is refused, whatever alphabet it borrows from", () => {
    const looksLike = [
      "аdmirer",
      "pаul",
      "sarа",
      "ｊｏｈｎ",
      "o\u0301scar",
      "kelvin\u212a",
      "ſam",
      "i\u0307van",
      "zoe\u200b",
      "𝓪nna"
    ]
    for (const typed of looksLike) assert.isTrue(Option.isNone(Schema.decodeUnknownOption(Username)(typed)), typed)
  })
})
