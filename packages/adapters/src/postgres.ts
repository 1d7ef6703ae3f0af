import { Layer } from "effect"
import { changesPostgres } from "./postgres/changes.ts"
import { inboxPostgres } from "./postgres/inbox.ts"
import { likesPostgres } from "./postgres/likes.ts"
import { mailTokensPostgres } from "./postgres/mail-tokens.ts"
import { outboxPostgres, outboxQueuePostgres } from "./postgres/outbox.ts"
import { jobLeasesPostgres, platformSettingsPostgres } from "./postgres/platform.ts"
import { principalsPostgres, profilesPostgres } from "./postgres/principals.ts"
import { refreshTokensPostgres } from "./postgres/refresh-tokens.ts"
import { sessionsPostgres } from "./postgres/sessions.ts"
import { sharesPostgres } from "./postgres/shares.ts"
import { tracksPostgres } from "./postgres/tracks.ts"
import { transactionPostgres } from "./postgres/transaction.ts"
import { uploadsPostgres } from "./postgres/uploads.ts"
import { usersPostgres } from "./postgres/users.ts"

export { bounded, Database, type DatabaseSettings, DatabaseUnavailable, database } from "./postgres/client.ts"
export * from "./postgres/migrator.ts"
export { schemaSnapshot } from "./postgres/schema-snapshot.ts"
export { splitStatements } from "./postgres/statements.ts"

/** Every port that PostgreSQL answers, over one `Database`. */
export const postgresPorts = Layer.mergeAll(
  inboxPostgres,
  jobLeasesPostgres,
  likesPostgres,
  mailTokensPostgres,
  outboxPostgres,
  outboxQueuePostgres,
  platformSettingsPostgres,
  refreshTokensPostgres,
  sessionsPostgres,
  sharesPostgres,
  transactionPostgres,
  uploadsPostgres,
  usersPostgres,
  Layer.mergeAll(principalsPostgres, profilesPostgres, tracksPostgres("local")).pipe(
    Layer.provideMerge(changesPostgres)
  )
)
