import { Duration, Effect, type Scope } from "effect"
import type { ScanVerdict } from "@veza/domain/tracks"
import { type ClamavAddress, converse, type Conversation, until } from "./conversation.ts"
import { ClamavFailed, verdictOfReply } from "./reply.ts"

/** Pieces of this size are waited for one by one, so that slow progress is told from none. */
const pieceSize = 64 * 1024
const command = Buffer.from("zINSTREAM\0")
const endOfStream = new Uint8Array(4)

export interface ClamavStream {
  /** Ends when clamd has room for more. Does nothing once clamd has answered. */
  readonly write: (chunk: Uint8Array) => Effect.Effect<void, ClamavFailed>
  /** Ends the stream and waits for the answer. */
  readonly verdict: Effect.Effect<ScanVerdict, ClamavFailed>
}

const sendPiece = (conversation: Conversation, piece: Uint8Array, timeout: Duration.Duration) =>
  Effect.suspend(() => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(piece.length)
    conversation.send(length, piece)
    return until(conversation, () => conversation.flushed, timeout)
  })

/** Scanning shows no progress from outside; nothing slower than this many bytes in a millisecond is waited for. */
const slowestScan = 16 * 1024

/**
 * Streams one file to clamd (INSTREAM). `timeout` is the longest time without any progress; the answer may take longer by
 * what the size of the file explains.
 */
export const openStream = (
  address: ClamavAddress,
  timeout: Duration.Duration
): Effect.Effect<ClamavStream, ClamavFailed, Scope.Scope> =>
  Effect.map(converse(address, timeout), (conversation) => {
    conversation.send(command)
    let sent = 0
    return {
      write: Effect.fnUntraced(function* (chunk) {
        sent += chunk.length
        for (let start = 0; start < chunk.length && conversation.reply === undefined; start += pieceSize) {
          yield* sendPiece(conversation, chunk.subarray(start, start + pieceSize), timeout)
        }
      }),
      verdict: Effect.suspend(() => {
        conversation.send(endOfStream)
        return until(conversation, () => false, Duration.sum(timeout, Duration.millis(sent / slowestScan)))
      }).pipe(
        Effect.flatMap(() => {
          const verdict = verdictOfReply(conversation.reply ?? "")
          return verdict instanceof ClamavFailed ? Effect.fail(verdict) : Effect.succeed(verdict)
        })
      )
    }
  })
