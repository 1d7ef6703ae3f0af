import { Clock, DateTime, Effect, Option, Stream } from "effect"
import { discardImage, mailToOwner, Users } from "../accounts/index.ts"
import { Outbox, type StoredFile, systemContext, Transaction } from "../kernel/index.ts"
import { TrackCovers } from "./cover-ports.ts"
import { trackRejected } from "./events.ts"
import { contentOf } from "./file-content.ts"
import { Scanner, TrackFiles } from "./ports.ts"
import { UnscannedTracks } from "./rescan-ports.ts"
import type { Track, TrackId } from "./track.ts"

const pageSize = 20
/** Files scanned in one run, and for how long, in milliseconds: the next run goes on, and other jobs have their turn. */
const most = 200
const longest = 60_000

/** What its owner reads of a track that a late scan spoke against. */
export const rejectedMessage = "the virus scanner found something in the file"

const scan = Effect.fnUntraced(function* (file: StoredFile) {
  const session = yield* (yield* Scanner).open
  yield* Stream.runForEach(contentOf(file), session.write)
  return yield* session.verdict
}, Effect.scoped)

const reject = Effect.fnUntraced(function* (track: Track, signature: string) {
  if (!(yield* (yield* UnscannedTracks).reject(track.id, rejectedMessage, yield* DateTime.now))) return undefined
  const owner = Option.getOrUndefined(yield* (yield* Users).byId(track.userId))
  const mail = mailToOwner(
    owner,
    (to, username) => ({ template: "track_rejected", to, username, title: track.title }),
    systemContext
  )
  yield* (yield* Outbox).append([trackRejected(track, systemContext, { signature }), ...mail])
  return Option.getOrUndefined(yield* (yield* TrackCovers).clear(track.id))
})

/** Answers whether there was a file to scan. */
const rescan = Effect.fnUntraced(function* (track: Track) {
  const file = yield* (yield* TrackFiles).open(track)
  if (Option.isNone(file)) return false
  const verdict = yield* scan(file.value)
  if (verdict._tag === "Clean") yield* (yield* UnscannedTracks).markClean(track.id, yield* DateTime.now)
  else {
    const cover = yield* (yield* Transaction).atomically(reject(track, verdict.signature))
    if (cover !== undefined) yield* discardImage(cover)
    yield* Effect.logWarning("a late scan spoke against a track", { track_id: track.id, signature: verdict.signature })
  }
  return true
}, Effect.scoped)

const rescanPages = Effect.fnUntraced(function* () {
  const unscanned = yield* UnscannedTracks
  const begun = yield* Clock.currentTimeMillis
  let scanned = 0
  let after: TrackId | undefined
  let page: ReadonlyArray<Track>
  do {
    page = yield* unscanned.list(after, pageSize)
    for (const track of page) {
      const outcome = yield* Effect.result(rescan(track))
      if (outcome._tag === "Success") scanned += outcome.success ? 1 : 0
      else if (outcome.failure._tag === "ScannerUnavailable") return scanned
    }
    after = page.at(-1)?.id
  } while (page.length === pageSize && scanned < most && (yield* Clock.currentTimeMillis) - begun < longest)
  return scanned
})

/**
 * Job: scans tracks that were accepted unscanned as soon as a scanner answers again (05-decisions, "Scanner off"). What is
 * infected is hidden with the same commit; its owner is told, and its file removed when the event is handled. Without a scanner it ends at the first track.
 * Answers how many were scanned.
 */
export const rescanTracks = Effect.fn("tracks.rescan")(rescanPages)
