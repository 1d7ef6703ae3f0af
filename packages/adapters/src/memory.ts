import { Layer } from "effect"
import { contentHashingCrypto } from "./crypto/content-hashing.ts"
import { idsCrypto } from "./crypto/ids.ts"
import { secretsCrypto } from "./crypto/secrets.ts"
import { brokerMemory } from "./memory/broker.ts"
import { changesMemory } from "./memory/changes.ts"
import { inboxMemory } from "./memory/inbox.ts"
import { jobLeasesMemory } from "./memory/job-leases.ts"
import { likesMemory } from "./memory/likes.ts"
import { mailTokensMemory } from "./memory/mail-tokens.ts"
import { mailerMemory } from "./memory/mailer.ts"
import { OutboxNews } from "./memory/outbox-news.ts"
import { outboxQueueMemory } from "./memory/outbox-queue.ts"
import { outboxMemory } from "./memory/outbox.ts"
import { platformSettingsMemory } from "./memory/platform-settings.ts"
import { principalsMemory, profilesMemory } from "./memory/principals.ts"
import { rateLimiterMemory } from "./memory/rate-limiter.ts"
import { scannerAbsent } from "./memory/scanner.ts"
import { refreshTokensMemory } from "./memory/refresh-tokens.ts"
import { sessionsMemory } from "./memory/sessions.ts"
import { sharesMemory } from "./memory/shares.ts"
import { Store } from "./memory/store.ts"
import { trackFilesMemory } from "./memory/track-files.ts"
import { tracksMemory } from "./memory/tracks.ts"
import { transactionMemory } from "./memory/transaction.ts"
import { uploadsMemory } from "./memory/uploads.ts"
import { usersMemory } from "./memory/users.ts"

export { brokerMemory } from "./memory/broker.ts"
export { mailerMemory, SentMails } from "./memory/mailer.ts"
export { rateLimiterMemory, rateLimiterOf } from "./memory/rate-limiter.ts"
export { scannerAbsent } from "./memory/scanner.ts"
export { trackFilesMemory } from "./memory/track-files.ts"

const followers = Layer.merge(principalsMemory, profilesMemory).pipe(Layer.provideMerge(changesMemory))

const storePorts = Layer.mergeAll(
  followers,
  inboxMemory,
  jobLeasesMemory,
  likesMemory,
  mailTokensMemory,
  outboxMemory,
  outboxQueueMemory,
  platformSettingsMemory,
  refreshTokensMemory,
  sessionsMemory,
  sharesMemory,
  tracksMemory,
  transactionMemory,
  uploadsMemory,
  usersMemory
).pipe(Layer.provide([Store.layer, OutboxNews.layer]))

/** Every port without a database, a disk or a network, over one store; nothing survives it. Uploads go unscanned. */
export const memoryAdapters = Layer.mergeAll(
  storePorts,
  brokerMemory,
  contentHashingCrypto,
  mailerMemory,
  rateLimiterMemory,
  scannerAbsent(false),
  secretsCrypto,
  trackFilesMemory
).pipe(Layer.provideMerge(idsCrypto))
