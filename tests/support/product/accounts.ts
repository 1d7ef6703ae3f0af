import { randomBytes } from "node:crypto"
import { Schema } from "effect"
import { OwnUser } from "@veza/http-koa/contract"
import { mailTo, tokenIn } from "./mails.ts"
import { dataOf, Session } from "./session.ts"

/** Somebody with a confirmed account who is logged in. */
export interface Account {
  readonly id: string
  readonly username: string
  readonly email: string
  readonly password: string
  /** Calls with the cookies that logging in set. */
  readonly byCookie: Session
  /** Calls with the access token. */
  readonly byToken: Session
}

export const password = "a-good-long-one"
const Tokens = Schema.Struct({ user: OwnUser, access_token: Schema.String, refresh_token: Schema.String })

/** Logs in at one process; throws when that is refused. */
export const logIn = async (
  baseUrl: string,
  credentials: { readonly email: string; readonly password: string }
): Promise<Account> => {
  const byCookie = new Session(baseUrl)
  const reply = await byCookie.post("/api/v1/auth/login", credentials)
  const { user, access_token: token } = dataOf(Tokens, reply)
  return { ...credentials, id: user.id, username: user.username, byCookie, byToken: new Session(baseUrl, token) }
}

/** Registers, confirms the address by the mailed token, logs in. */
export const signUp = async (product: { readonly url: string; readonly mailFolder: string }): Promise<Account> => {
  const username = `u${randomBytes(6).toString("hex")}`
  const email = `${username}@example.org`
  const guest = new Session(product.url)
  await guest.post("/api/v1/auth/register", { username, email, password })
  const token = tokenIn(await mailTo(product.mailFolder, email))
  await guest.post("/api/v1/auth/verify-email", undefined, { "x-verify-token": token })
  return logIn(product.url, { email, password })
}

/** Signs up and becomes a creator. */
export const signUpCreator = async (product: {
  readonly url: string
  readonly mailFolder: string
}): Promise<Account> => {
  const account = await signUp(product)
  dataOf(
    Schema.Struct({ role: Schema.Literal("creator") }),
    await account.byToken.post("/api/v1/users/me/upgrade-creator")
  )
  return account
}
