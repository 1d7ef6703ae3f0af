import { DateTime, Effect, Stream } from "effect"
import { Secrets } from "../kernel/index.ts"
import { forgetCodeFailures } from "./attempts.ts"
import {
  type ApiKeyRecord,
  CredentialErasure,
  CredentialRecords,
  type SecondFactorRecord
} from "./credential-erasure-ports.ts"
import { OAuthIdentities, type OAuthIdentity } from "./oauth-ports.ts"
import {
  type Eraser,
  exportedTime,
  inPages,
  oneRow,
  type PersonalDataSection,
  type PersonalRow
} from "./personal-data.ts"
import { FailedAttempts } from "./second-factor-ports.ts"

const keyRow = (key: ApiKeyRecord): PersonalRow => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  created_at: exportedTime(key.createdAt),
  last_used_at: exportedTime(key.lastUsedAt),
  expires_at: exportedTime(key.expiresAt),
  retires_at: exportedTime(key.retiresAt),
  revoked_at: exportedTime(key.revokedAt)
})

const factorRow = ({ enabledAt, unusedBackupCodes }: SecondFactorRecord): PersonalRow => ({
  is_enabled: enabledAt !== undefined,
  enabled_at: exportedTime(enabledAt),
  unused_backup_codes: unusedBackupCodes
})

const identityRow = (identity: OAuthIdentity): PersonalRow => ({
  provider: identity.provider,
  provider_user_id: identity.providerUserId,
  email: identity.email ?? null,
  created_at: exportedTime(identity.createdAt),
  last_used_at: exportedTime(identity.lastUsedAt)
})

const keyColumns = "id name prefix scopes created_at last_used_at expires_at retires_at revoked_at"

/** What is known of somebody's ways into the account; nothing of it lets anybody in. */
export const credentialSections = Effect.gen(function* () {
  const records = yield* CredentialRecords
  const identities = yield* OAuthIdentities
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "api_keys",
      about: "your developer keys of now and of the last 30 days, by the beginnings of their texts",
      columns: keyColumns.split(" "),
      rows: inPages(records.apiKeys, keyRow)
    },
    {
      name: "second_factor",
      about: "whether logging in takes a code of your authenticator, and since when",
      columns: ["is_enabled", "enabled_at", "unused_backup_codes"],
      rows: oneRow(records.secondFactor, factorRow)
    },
    {
      name: "identities",
      about: "the providers by which you can log in, and the addresses they told us",
      columns: ["provider", "provider_user_id", "email", "created_at", "last_used_at"],
      rows: (userId) => Stream.map(Stream.fromIterableEffect(identities.of(userId)), identityRow)
    },
    {
      name: "email_change",
      about: "the new address that waits for you to confirm it",
      columns: ["email", "expires_at"],
      rows: oneRow(records.emailChange, ({ email, expiresAt }) => ({ email, expires_at: exportedTime(expiresAt) }))
    }
  ]
  return sections
})

/** Every way in is closed at once, and what it was made of gone but for the keys, which stay revoked until the end. */
export const credentialEraser = Effect.gen(function* () {
  const erasure = yield* CredentialErasure
  const services = yield* Effect.context<FailedAttempts | Secrets>()
  const eraser: Eraser = {
    atOnce: Effect.fnUntraced(function* ({ userId, at }) {
      yield* erasure.drop(userId, at)
      yield* Effect.provide(forgetCodeFailures(userId), services)
    }),
    afterwards: () => Effect.void,
    finally: Effect.fnUntraced(function* (userId) {
      yield* erasure.drop(userId, yield* DateTime.now)
      yield* erasure.forgetKeys(userId)
    })
  }
  return eraser
})
