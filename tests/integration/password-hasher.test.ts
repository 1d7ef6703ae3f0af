import { assert, layer } from "@effect/vitest"
import { passwordHasher } from "@veza/adapters/crypto"
import { PasswordHasher } from "@veza/domain/accounts"
import { Effect, Layer, Logger, Redacted } from "effect"

const lines: Array<string> = []
const remembered = Logger.layer([
  Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
])

const verify = Effect.fnUntraced(function* (password: string, stored: string | undefined) {
  return yield* (yield* PasswordHasher).verify(Redacted.make(password), stored)
})

/** Hashes as the old system made them, at the lowest cost. */
const old = {
  "2a": "$2a$04$6RY4MYEqelUG5Kh9yJG1TubiJuIoAHh8d.Xgy6ByYo5uJ0fJl8vLi",
  "2b": "$2b$04$RAB.r7GX5cGlyXU.JwxUZezoypA.pLIGhJvdkMpmW3rB.hmyscGEi",
  "2y": "$2y$04$ip.lK13vbgjnkFGef6gfIunCqDl3Kl010PPAsfIM2VJQEvf30G0ye"
} as const
const oldPassword = "pass wörd"
/** Of 72 bytes, 36 times `ä`, and what follows them. */
const oldAndLong = "$2a$04$nx1K4AONB/UJlbC9LIBWzehx2LhDX4F6Yj5j9aTUgAKuqjAR50rau"
/** Of a password with a ligature. */
const oldLigature = "$2b$04$3X2ISL3sUD.O5RQs0wOB5eev6KwiDKuj/lLkyC8fQZnbGdkDhUSVu"

layer(Layer.mergeAll(passwordHasher(1), remembered))("hashes of passwords", (it) => {
  it.effect("verify what was hashed, and nothing else; compatible spellings are one", () =>
    Effect.gen(function* () {
      const stored = yield* (yield* PasswordHasher).hash(Redacted.make("ﬁne-and-long-enough"))
      assert.deepStrictEqual(yield* verify("fine-and-long-enough", stored), { matches: true, outdated: false })
      assert.isFalse((yield* verify("fine-and-long-enough!", stored)).matches)
      assert.deepStrictEqual(yield* verify("correct horse battery staple", undefined), {
        matches: false,
        outdated: false
      })
    })
  )

  it.effect("of the old system verify in all its versions, and ask to be replaced", () =>
    Effect.gen(function* () {
      for (const stored of Object.values(old)) {
        assert.deepStrictEqual(yield* verify(oldPassword, stored), { matches: true, outdated: true })
        assert.isFalse((yield* verify("pass word", stored)).matches)
      }
    })
  )

  it.effect("of the old system know the first 72 bytes only, and what was typed without normalising", () =>
    Effect.gen(function* () {
      const long = "ä".repeat(36)
      assert.isTrue((yield* verify(long, oldAndLong)).matches)
      assert.isTrue((yield* verify(`${long} something else`, oldAndLong)).matches)
      assert.isFalse((yield* verify(`${long.slice(1)}a`, oldAndLong)).matches)
      assert.isTrue((yield* verify("ﬁne", oldLigature)).matches)
    })
  )

  it.effect("that nobody can read match nothing, and are told to the operator", () =>
    Effect.gen(function* () {
      const good = old["2b"]
      const unreadable = [
        "",
        oldPassword,
        good.slice(0, -1),
        good.replace("$04$", "$16$"),
        good.replace("$04$", "$31$"),
        good.replace("$2b$", "$2x$"),
        "$argon2id$v=19$m=19456,t=2,p=1$"
      ]
      for (const stored of unreadable) {
        lines.length = 0
        assert.isFalse((yield* verify(oldPassword, stored)).matches)
        assert.deepStrictEqual(lines, ["Error a stored password hash cannot be read"])
      }
    })
  )
})
