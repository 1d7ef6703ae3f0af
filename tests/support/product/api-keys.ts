import { randomBytes } from "node:crypto"
import { composeApiKey } from "@veza/domain/accounts"
import { IssuedApiKey } from "@veza/http-koa/contract"
import type { Account } from "./accounts.ts"
import { dataOf, type Reply, Session } from "./session.ts"

export const keysPath = "/api/v1/developer/api-keys"

/** A key like any other, which nobody issued. */
export const strangeKey = (): string => composeApiKey(randomBytes(32).toString("base64url"))

export interface KeyRequest {
  readonly name?: string
  readonly scopes?: ReadonlyArray<string>
  readonly expires_at?: string | null
}

/** The key of a successful answer; throws for anything else. */
export const keyOf = (reply: Reply): typeof IssuedApiKey.Type => dataOf(IssuedApiKey, reply)

/** Makes a key that reads and writes, unless told otherwise. */
export const makeKey = async (account: Account, given: KeyRequest = {}): Promise<typeof IssuedApiKey.Type> =>
  keyOf(await account.byToken.post(keysPath, { name: "a key", scopes: ["read", "write"], ...given }))

/** Somebody who sends a key in the header `X-API-Key`. */
export class KeyHolder {
  readonly #session: Session
  readonly #headers: Readonly<Record<string, string>>

  constructor(baseUrl: string, key: string) {
    this.#session = new Session(baseUrl)
    this.#headers = { "x-api-key": key }
  }

  call(method: string, path: string): Promise<Reply> {
    return this.#session.call(method, path, { headers: this.#headers })
  }

  get(path: string): Promise<Reply> {
    return this.call("GET", path)
  }
}
