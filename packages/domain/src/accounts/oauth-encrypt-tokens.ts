import { Effect, Option, Redacted } from "effect"
import {
  OAuthIdentities,
  ProviderTokens,
  type StoredTokens,
  type TokenChange,
  type TokenForm,
  type TokenRow
} from "./oauth-ports.ts"

export interface EncryptOptions {
  /** Counts and changes nothing. */
  readonly dryRun: boolean
  /** Moves tokens under former keys to the key of the day too. */
  readonly rotate: boolean
}

/** How many identities hold tokens in which form; `changed` is how many were, or would be, written anew. */
export interface EncryptCount {
  readonly total: number
  readonly current: number
  readonly former: number
  readonly plain: number
  readonly unreadable: number
  readonly changed: number
}

/** Rows of one statement: few enough for its time limit, and what a kill loses at most. */
const batchSize = 200
/** The more there is to do for a form, the later it comes. */
const work: ReadonlyArray<TokenForm> = ["current", "unreadable", "former", "plain"]
const ownerOf = (row: TokenRow): string => `${row.provider} ${row.providerUserId}`

/** The form among an identity's tokens that there is most to do for. */
const formOf = (row: TokenRow, judge: ProviderTokens["Service"]["formOf"]): TokenForm =>
  [row.accessToken, row.refreshToken]
    .flatMap((token) => (token === undefined ? [] : [judge(ownerOf(row), token)]))
    .reduce<TokenForm>((most, form) => (work.indexOf(form) > work.indexOf(most) ? form : most), "current")

const sealAnew = Effect.fnUntraced(function* (row: TokenRow, rotate: boolean) {
  const { formOf: judge, open, seal } = yield* ProviderTokens
  const owner = ownerOf(row)
  const renew = (token: string | undefined): Effect.Effect<string | undefined> => {
    if (token === undefined) return Effect.succeed(undefined)
    const form = judge(owner, token)
    if (form === "plain") return seal(owner, Redacted.make(token))
    const opened = form === "former" && rotate ? Option.getOrUndefined(open(owner, token)) : undefined
    return opened === undefined ? Effect.succeed(token) : seal(owner, opened)
  }
  const tokens: StoredTokens = {
    accessToken: yield* renew(row.accessToken),
    refreshToken: yield* renew(row.refreshToken)
  }
  return { read: row, tokens } satisfies TokenChange
})

/** One batch after another, each written as a whole; after a kill it goes on with the rows that are left. */
export const encryptProviderTokens = Effect.fn("accounts.encryptProviderTokens")(function* (
  options: EncryptOptions,
  progress: (done: number, total: number) => void
) {
  const identities = yield* OAuthIdentities
  const { formOf: judge } = yield* ProviderTokens
  const total = yield* identities.countWithTokens
  const count = { current: 0, former: 0, plain: 0, unreadable: 0, changed: 0 }
  let done = 0
  let after: string | undefined
  for (;;) {
    const batch = yield* identities.tokensAfter(after, batchSize)
    const due = batch.filter((row) => {
      const form = formOf(row, judge)
      count[form]++
      return form === "plain" || (form === "former" && options.rotate)
    })
    if (options.dryRun) count.changed += due.length
    else if (due.length > 0) {
      const changes = yield* Effect.forEach(due, (row) => sealAnew(row, options.rotate))
      count.changed += yield* identities.replaceTokens(changes)
    }
    done += batch.length
    progress(done, Math.max(done, total))
    after = batch.at(-1)?.id
    if (batch.length < batchSize) return { total: done, ...count } satisfies EncryptCount
  }
})
