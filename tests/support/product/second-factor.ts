import { Schema } from "effect"
import type { Account } from "./accounts.ts"
import { dataOf, failureOf, type Reply, Session } from "./session.ts"
import { codeNow } from "./totp.ts"

const Setup = Schema.Struct({
  secret: Schema.String,
  otpauth_uri: Schema.String,
  qr_svg: Schema.String,
  qr_data_uri: Schema.String
})
const BackupCodes = Schema.Struct({ backup_codes: Schema.Array(Schema.String) })
const Challenge = Schema.Struct({
  challenge: Schema.String,
  methods: Schema.Array(Schema.String),
  expires_in: Schema.Int
})

export const setUpFactor = async (account: Account) =>
  dataOf(Setup, await account.byToken.post("/api/v1/auth/2fa/setup"))

export const backupCodesIn = (reply: Reply): ReadonlyArray<string> => dataOf(BackupCodes, reply).backup_codes

/** Turns the second factor of an account on; answers its secret and its backup codes. */
export const enableFactor = async (account: Account) => {
  const { secret } = await setUpFactor(account)
  const reply = await account.byToken.post("/api/v1/auth/2fa/enable", { code: codeNow(secret) })
  return { secret, backupCodes: backupCodesIn(reply) }
}

/** A log-in that is refused for want of the second factor; answers what it says. */
export const challengeOf = async (baseUrl: string, account: Pick<Account, "email" | "password">, more: object = {}) => {
  const { email, password } = account
  const reply = await new Session(baseUrl).post("/api/v1/auth/login", { email, password, ...more })
  const { code, meta } = failureOf(reply)
  if (code !== "TWO_FACTOR_REQUIRED") throw new Error(`The log-in was answered ${code}, not with a challenge.`)
  return Schema.decodeUnknownSync(Challenge)(meta)
}
