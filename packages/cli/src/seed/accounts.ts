import { DateTime, Effect, Redacted } from "effect"
import { PasswordHasher, Users } from "@veza/domain/accounts"
import { type Role, UserId } from "@veza/domain/kernel"
import { stableId } from "./stable-id.ts"

/** An account of the sample data. Its password is public, so it exists in development and test only. */
export interface SampleAccount {
  readonly id: UserId
  readonly username: string
  readonly email: string
  readonly password: string
  readonly role: Role
}

const account = (username: string, role: Role, password: string): SampleAccount => ({
  id: UserId.make(stableId(`account ${username}`)),
  username,
  email: `${username}@veza.test`,
  password,
  role
})

export const sampleAccounts = {
  listener: account("listener", "user", "listen-to-the-music"),
  creator: account("creator", "creator", "create-new-songs"),
  admin: account("house-admin", "admin", "keep-the-house")
} as const

/** When the sample data says it began; fixed, so that seeding twice gives the same rows. */
export const seedTime = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** Adds the sample accounts that are missing; answers how many. */
export const seedAccounts = Effect.fnUntraced(function* () {
  const users = yield* Users
  const hasher = yield* PasswordHasher
  const add = Effect.fnUntraced(function* (sample: SampleAccount) {
    if ((yield* users.byId(sample.id))._tag === "Some") return 0
    const passwordHash = yield* hasher.hash(Redacted.make(sample.password))
    yield* users.add({ ...sample, passwordHash, birthdate: undefined, isVerified: true, createdAt: seedTime }, seedTime)
    return 1
  })
  const added = yield* Effect.forEach(Object.values(sampleAccounts), add)
  return added.reduce<number>((sum, one) => sum + one, 0)
})
