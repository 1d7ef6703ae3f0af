import { DateTime, Effect, Redacted } from "effect"
import { PasswordHasher, sealSecret, SecondFactors, Users } from "@veza/domain/accounts"
import { type Role, UserId } from "@veza/domain/kernel"
import { stableId } from "./stable-id.ts"

/** An account of the sample data. Its password is public, so it exists in development and test only. */
export interface SampleAccount {
  readonly id: UserId
  readonly username: string
  readonly email: string
  readonly password: string
  readonly role: Role
  /** Secret of its authenticator in base32; absent where the account has no second factor. */
  readonly totpSecret?: string
}

const account = (username: string, role: Role, password: string) => ({
  id: UserId.make(stableId(`account ${username}`)),
  username,
  email: `${username}@veza.test`,
  password,
  role
})

export const sampleAccounts = {
  listener: account("listener", "user", "listen-to-the-music"),
  creator: account("creator", "creator", "create-new-songs"),
  admin: { ...account("house-admin", "admin", "keep-the-house"), totpSecret: "VEZASAMPLEADMINONLYTESTUSE" }
} as const satisfies Record<string, SampleAccount>

/** When the sample data says it began; fixed, so that seeding twice gives the same rows. */
export const seedTime = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** Turns the second factor of a sample account on, unless it is; as if its first code had been given long ago. */
const enroll = Effect.fnUntraced(function* ({ id, totpSecret }: SampleAccount) {
  if (totpSecret === undefined) return
  const factors = yield* SecondFactors
  const sealed = yield* sealSecret(id, Redacted.make(totpSecret))
  if (yield* factors.propose(id, sealed, seedTime)) yield* factors.enable(id, sealed, 0, seedTime)
})

/** Adds the sample accounts that are missing; answers how many. */
export const seedAccounts = Effect.fnUntraced(function* () {
  const users = yield* Users
  const hasher = yield* PasswordHasher
  const add = Effect.fnUntraced(function* (sample: SampleAccount) {
    if ((yield* users.byId(sample.id))._tag === "Some") return 0
    const { id, username, email, role } = sample
    const passwordHash = yield* hasher.hash(Redacted.make(sample.password))
    const about = { passwordHash, birthdate: undefined, isVerified: true, createdAt: seedTime }
    yield* users.add({ id, username, email, role, ...about }, seedTime)
    yield* enroll(sample)
    return 1
  })
  const added = yield* Effect.forEach(Object.values(sampleAccounts), add)
  return added.reduce<number>((sum, one) => sum + one, 0)
})
