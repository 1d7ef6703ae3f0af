import { NoticeView } from "@veza/http-koa/contract"
import { Schema } from "effect"
import type { Account } from "./accounts.ts"
import { logIn, signUp } from "./accounts.ts"
import { eventually } from "./eventually.ts"
import { enableFactor } from "./second-factor.ts"
import { dataOf, type Reply, Session } from "./session.ts"

export const noticesPath = "/api/v1/admin/dmca/notices"

/** A notice with everything in it; its claimant's address is `claimant@example.org`. */
export const statementAbout = (track: string, more: object = {}) => ({
  track,
  work_description: "“The song”, released 1999",
  work_url: "https://example.org/the-song",
  claimant_name: "Clara Claim",
  claimant_address: "1 High Street, Town",
  claimant_email: "claimant@example.org",
  good_faith_statement: true,
  sworn_statement: true,
  signature: "/Clara Claim/",
  ...more
})

export const counterStatement = {
  statement: "It is my own recording of my own song",
  sworn_statement: true,
  consent_to_jurisdiction: true,
  name: "Owen Owner",
  address: "2 Low Street, Town",
  phone: "+1 555 0100",
  signature: "/Owen Owner/"
} as const

/** Sends a notice; answers its id. */
export const fileNotice = async (baseUrl: string, track: string, more: object = {}): Promise<string> =>
  dataOf(
    Schema.Struct({ id: Schema.String, status: Schema.Literal("received"), received_at: Schema.String }),
    await new Session(baseUrl).post("/api/v1/dmca/notice", statementAbout(track, more))
  ).id

/** Somebody of a role whose session has passed a second factor, which every process knows. */
export const signUpJudge = async (
  product: {
    readonly url: string
    readonly mailFolder: string
    readonly query: (text: string, ...values: ReadonlyArray<unknown>) => Promise<unknown>
  },
  role: "moderator" | "admin",
  bases: ReadonlyArray<string>
): Promise<Account & { readonly secret: string }> => {
  const newcomer = await signUp(product)
  await product.query("UPDATE users SET role = $1 WHERE id = $2", role, newcomer.id)
  const account = await logIn(product.url, newcomer)
  const { secret } = await enableFactor(account)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  for (const base of bases) {
    const isIn = async () => (await account.byToken.at(base).get(noticesPath)).status === 200
    await eventually("a judge let in", isIn)
  }
  return { ...account, secret }
}

const Restored = Schema.Struct({ ...NoticeView.fields, still_blocked: Schema.Boolean })
export const noticeIn = (reply: Reply): NoticeView => dataOf(NoticeView, reply)
export const restoredIn = (reply: Reply): typeof Restored.Type => dataOf(Restored, reply)
