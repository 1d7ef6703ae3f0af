import { HashMap, Option } from "effect"
import type { Rows, TableName, Tables } from "./rows.ts"

export const emptyTables: Tables = {
  users: HashMap.empty(),
  sessions: HashMap.empty(),
  userProfiles: HashMap.empty(),
  heldUsernames: HashMap.empty(),
  profileImages: HashMap.empty(),
  imageFiles: HashMap.empty(),
  userSettings: HashMap.empty(),
  optOuts: HashMap.empty(),
  termsAcceptances: HashMap.empty(),
  refreshTokens: HashMap.empty(),
  mailTokens: HashMap.empty(),
  apiKeys: HashMap.empty(),
  secondFactors: HashMap.empty(),
  loginChallenges: HashMap.empty(),
  failedAttempts: HashMap.empty(),
  emailChanges: HashMap.empty(),
  exports: HashMap.empty(),
  oauthIdentities: HashMap.empty(),
  oauthStates: HashMap.empty(),
  outbox: HashMap.empty(),
  buried: HashMap.empty(),
  inbox: HashMap.empty(),
  idempotencyKeys: HashMap.empty(),
  auditEntries: HashMap.empty(),
  settings: HashMap.empty(),
  jobs: HashMap.empty(),
  tracks: HashMap.empty(),
  likes: HashMap.empty(),
  notices: HashMap.empty(),
  shares: HashMap.empty(),
  trackStreams: HashMap.empty(),
  removedTrackFiles: HashMap.empty(),
  storageSweeps: HashMap.empty(),
  uploads: HashMap.empty(),
  playSessions: HashMap.empty(),
  recentPlays: HashMap.empty(),
  playEvents: HashMap.empty(),
  playPending: HashMap.empty(),
  playMonths: HashMap.empty(),
  playDays: HashMap.empty(),
  playListeners: HashMap.empty(),
  trackChanges: HashMap.empty(),
  renditionBuilds: HashMap.empty(),
  releases: HashMap.empty(),
  releaseUpcs: HashMap.empty(),
  recordings: HashMap.empty(),
  soldRecordings: HashMap.empty(),
  isrcCounters: HashMap.empty(),
  royaltyShares: HashMap.empty(),
  submissions: HashMap.empty(),
  submissionEntries: HashMap.empty(),
  submissionHistory: HashMap.empty(),
  distributionCallbacks: HashMap.empty(),
  mandates: HashMap.empty(),
  subscriptions: HashMap.empty(),
  subscriptionTrials: HashMap.empty(),
  subscriptionHistory: HashMap.empty(),
  invoices: HashMap.empty(),
  invoicePayments: HashMap.empty(),
  disputes: HashMap.empty(),
  paymentWebhooks: HashMap.empty(),
  paymentEvents: HashMap.empty(),
  royaltyImports: HashMap.empty(),
  royaltyLines: HashMap.empty(),
  royaltyEarnings: HashMap.empty(),
  royaltySplits: HashMap.empty(),
  royalties: HashMap.empty(),
  royaltyClaims: HashMap.empty(),
  royaltyRates: HashMap.empty()
}

/** One key of several parts; no part may hold the separator. */
export const keyOf = (...parts: ReadonlyArray<string>): string => parts.join("\0")

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export const get = <T extends TableName>(tables: Tables, table: T, key: string): Rows[T] | undefined =>
  Option.getOrUndefined(HashMap.get(tables[table], key))

export const all = <T extends TableName>(tables: Tables, table: T): ReadonlyArray<Rows[T]> =>
  HashMap.toValues(tables[table])

export const put = <T extends TableName>(tables: Tables, table: T, key: string, row: Rows[T]): Tables => ({
  ...tables,
  [table]: HashMap.set(tables[table], key, row)
})

export const drop = (tables: Tables, table: TableName, key: string): Tables => ({
  ...tables,
  [table]: HashMap.remove<string, Rows[typeof table]>(tables[table], key)
})

/** The tables without the rows that `goes` picks, and how many those were. */
export const dropWhere = <T extends TableName>(
  tables: Tables,
  table: T,
  goes: (row: Rows[T], key: string) => boolean
): readonly [number, Tables] => {
  const kept = HashMap.filter(tables[table], (row, key) => !goes(row, key))
  return [HashMap.size(tables[table]) - HashMap.size(kept), { ...tables, [table]: kept }]
}
