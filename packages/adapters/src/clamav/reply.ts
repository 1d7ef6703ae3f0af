import { Schema } from "effect"
import type { ScanVerdict } from "@veza/domain/tracks"

/** clamd could not be reached, went silent or could not judge what it was given. The message says why. */
export class ClamavFailed extends Schema.TaggedError<ClamavFailed>()("ClamavFailed", { message: Schema.String }) {}

const limitHint = "raise StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf to the largest upload"

/**
 * What clamd's answer to INSTREAM means. A file beyond clamd's limits was not looked at in full: it is neither clean nor
 * infected (05-decisions, "clamd must be set so that it can't pass silently").
 */
export const verdictOfReply = (reply: string): ScanVerdict | ClamavFailed => {
  if (reply === "stream: OK") return { _tag: "Clean" }
  const signature = /^stream: (.+) FOUND$/.exec(reply)?.[1]
  if (signature?.startsWith("Heuristics.Limits.Exceeded")) {
    return new ClamavFailed({ message: `clamd did not scan the whole file (${signature}): ${limitHint}.` })
  }
  if (signature !== undefined) return { _tag: "Infected", signature }
  const hint = reply.includes("size limit exceeded") ? `: ${limitHint}` : ""
  return new ClamavFailed({ message: `clamd could not scan the file (it answered "${reply.slice(0, 200)}")${hint}.` })
}
