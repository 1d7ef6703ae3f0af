import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2"
import { verify as bcryptVerify } from "@node-rs/bcrypt"
import { normalizePassword } from "@veza/domain/accounts"

/** OWASP Password Storage: Argon2id (the library's default algorithm), 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const currentPrefix = "$argon2id$v=19$m=19456,t=2,p=1$"

/** Modular crypt format of bcrypt: version, cost, then salt and hash of 22 and 31 characters. */
const bcryptForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/u
/** Each step of the cost doubles the work: past 15 one log-in would hold its place for seconds. */
const [lowestCost, highestCost] = [4, 15]

/** A stored hash of a kind that nobody here wrote, or that was damaged. */
export class UnreadableHash extends Error {}

const isBcrypt = (stored: string): boolean => {
  const cost = Number(bcryptForm.exec(stored)?.[1])
  return cost >= lowestCost && cost <= highestCost
}

/** A new hash. */
export const hashPassword = (password: string): Promise<string> => argon2Hash(normalizePassword(password), parameters)

/** Does the hash ask to be replaced: by another algorithm, or with parameters that have changed since? */
export const isOutdated = (stored: string): boolean => !stored.startsWith(currentPrefix)

/**
 * Compares with a stored hash, of Argon2 or of the old system's bcrypt; rejects with `UnreadableHash` when it is neither.
 * The old system hashed what was typed, without normalising, and bcrypt reads its first 72 bytes only; both stay so until
 * the hash is replaced.
 */
export const comparePassword = async (password: string, stored: string): Promise<boolean> => {
  if (isBcrypt(stored)) return bcryptVerify(password, stored)
  try {
    return await argon2Verify(stored, normalizePassword(password))
  } catch {
    throw new UnreadableHash()
  }
}
