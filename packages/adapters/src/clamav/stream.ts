import { type Duration, Effect, type Scope } from "effect"
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

/** Streams one file to clamd (INSTREAM). `timeout` is the longest time without any progress. */
export const openStream = (
  address: ClamavAddress,
  timeout: Duration.Duration
): Effect.Effect<ClamavStream, ClamavFailed, Scope.Scope> =>
  Effect.map(converse(address, timeout), (conversation) => {
    conversation.send(command)
    return {
      write: Effect.fnUntraced(function* (chunk) {
        for (let start = 0; start < chunk.length && conversation.reply === undefined; start += pieceSize) {
          yield* sendPiece(conversation, chunk.subarray(start, start + pieceSize), timeout)
        }
      }),
      verdict: Effect.suspend(() => {
        conversation.send(endOfStream)
        return until(conversation, () => false, timeout)
      }).pipe(
        Effect.flatMap(() => {
          const verdict = verdictOfReply(conversation.reply ?? "")
          return verdict instanceof ClamavFailed ? Effect.fail(verdict) : Effect.succeed(verdict)
        })
      )
    }
  })
