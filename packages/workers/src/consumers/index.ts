import type { Consumer } from "@veza/domain/kernel"
import { auditEvents } from "./audit-events.ts"
import { buildExport } from "./build-export.ts"
import { eraseAccount } from "./erase-account.ts"
import { recordTrackChanges } from "./record-track-changes.ts"
import { makeRenditions } from "./make-renditions.ts"
import { extractCovers } from "./extract-cover.ts"
import { measureLoudnessOfNew } from "./measure-loudness.ts"
import { processUpload } from "./process-upload.ts"
import { removeFileOfDeleted } from "./remove-deleted-file.ts"
import { stopDistribution } from "./stop-distribution.ts"
import { sendMail } from "./send-mail.ts"

type ServicesOf<C> = C extends Consumer<infer R> ? R : never
export type ConsumerServices =
  | ServicesOf<typeof auditEvents>
  | ServicesOf<typeof buildExport>
  | ServicesOf<typeof eraseAccount>
  | ServicesOf<typeof makeRenditions>
  | ServicesOf<typeof extractCovers>
  | ServicesOf<typeof measureLoudnessOfNew>
  | ServicesOf<typeof processUpload>
  | ServicesOf<typeof recordTrackChanges>
  | ServicesOf<typeof removeFileOfDeleted>
  | ServicesOf<typeof sendMail>
  | ServicesOf<typeof stopDistribution>

/** Everybody who acts on events. */
export const consumers: ReadonlyArray<Consumer<ConsumerServices>> = [
  sendMail,
  processUpload,
  makeRenditions,
  auditEvents,
  buildExport,
  eraseAccount,
  removeFileOfDeleted,
  recordTrackChanges,
  extractCovers,
  stopDistribution,
  measureLoudnessOfNew
]
