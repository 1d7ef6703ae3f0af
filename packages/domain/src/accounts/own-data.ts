import { Effect } from "effect"
import { UserAdministration } from "./administration-ports.ts"
import {
  AccountErasure,
  type AccountRecord,
  AccountRecords,
  type MailTokenRecord,
  type SessionRecord
} from "./erasure-ports.ts"
import { type ExportFiles, Exports } from "./export-ports.ts"
import {
  type DeletionGuard,
  type Eraser,
  exportedTime,
  inPages,
  oneRow,
  type PersonalDataSection,
  type PersonalRow
} from "./personal-data.ts"
import { Sessions } from "./ports.ts"
import { cleanUpExports } from "./sweep-exports.ts"

const accountRow = ({ user, lastLogin, loginCount, ban }: AccountRecord): PersonalRow => ({
  id: user.id,
  email: user.email,
  username: user.username,
  display_name: user.displayName,
  role: user.role,
  is_verified: user.isVerified,
  birthdate: user.birthdate,
  promoted_to_creator_at: exportedTime(user.promotedToCreatorAt),
  created_at: exportedTime(user.createdAt),
  last_login_at: exportedTime(lastLogin?.at),
  last_login_ip: lastLogin?.ip ?? null,
  login_count: loginCount,
  banned_at: exportedTime(ban?.at),
  ban_reason: ban?.reason ?? null
})

const sessionRow = (session: SessionRecord): PersonalRow => ({
  id: session.id,
  ip: session.ip,
  user_agent: session.userAgent,
  created_at: exportedTime(session.createdAt),
  last_used_at: exportedTime(session.lastUsedAt),
  authenticated_at: exportedTime(session.authenticatedAt),
  second_factor_at: exportedTime(session.secondFactorAt),
  expires_at: exportedTime(session.expiresAt),
  revoked_at: exportedTime(session.revoked?.at),
  revoked_reason: session.revoked?.reason ?? null
})

const mailTokenRow = ({ purpose, expiresAt, usedAt }: MailTokenRecord): PersonalRow => ({
  purpose,
  expires_at: exportedTime(expiresAt),
  used_at: exportedTime(usedAt)
})

const accountColumns =
  "id email username display_name role is_verified birthdate promoted_to_creator_at created_at last_login_at last_login_ip login_count banned_at ban_reason"
const sessionColumns =
  "id ip user_agent created_at last_used_at authenticated_at second_factor_at expires_at revoked_at revoked_reason"

/** What accounts hold about somebody. */
export const accountSections = Effect.gen(function* () {
  const records = yield* AccountRecords
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "account",
      about: "your account: names, address, role, and your last log-in",
      columns: accountColumns.split(" "),
      rows: oneRow(records.account, accountRow)
    },
    {
      name: "sessions",
      about: "the devices on which you are or lately were signed in, with their addresses",
      columns: sessionColumns.split(" "),
      rows: inPages(records.sessions, sessionRow)
    },
    {
      name: "mailed_links",
      about: "links that were mailed to you lately, without their secrets",
      columns: ["purpose", "expires_at", "used_at"],
      rows: inPages(records.mailTokens, mailTokenRow)
    }
  ]
  return sections
})

/** The last administrator must stay: nobody else could let another one in. */
export const administratorGuard = Effect.map(UserAdministration, (administration): DeletionGuard => ({
  blockers: (userId) =>
    Effect.map(administration.lockAdministrators, (administrators) =>
      administrators.length === 1 && administrators[0] === userId
        ? [
            {
              code: "LAST_ADMINISTRATOR",
              message: "You are the only administrator: make somebody else one before you delete your account."
            }
          ]
        : []
    )
}))

/** What accounts do when one of them is deleted: its doors are shut at once, its exports go, its traces follow. */
export const accountEraser = Effect.gen(function* () {
  const erasure = yield* AccountErasure
  const sessions = yield* Sessions
  const exports = yield* Exports
  const services = yield* Effect.context<Exports | ExportFiles>()
  const eraser: Eraser = {
    atOnce: Effect.fnUntraced(function* ({ userId, at }) {
      yield* sessions.revokeAll(userId, "account deleted", at, undefined)
      yield* erasure.dropMailTokens(userId)
      yield* exports.withdraw(userId)
    }),
    afterwards: (userId) => Effect.asVoid(Effect.provide(cleanUpExports(userId), services)),
    finally: erasure.forgetTraces
  }
  return eraser
})
