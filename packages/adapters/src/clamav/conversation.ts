import { connect, type Socket } from "node:net"
import { Duration, Effect } from "effect"
import { ClamavFailed } from "./reply.ts"

export interface ClamavAddress {
  readonly host: string
  readonly port: number
}

/** An answer is one short line; more than this is not clamd. */
const maxReply = 4096

/**
 * One command to clamd. Its answer may come at any time, even while the file is still being sent, and stays valid when
 * the connection breaks afterwards.
 */
export class Conversation {
  /** The answer, once it is there. */
  reply: string | undefined
  /** Why there will be none. */
  failure: ClamavFailed | undefined
  readonly #socket: Socket
  #received = ""
  readonly #waiting = new Set<() => void>()

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on("connect", () => this.#wake())
    socket.on("data", (bytes) => this.#receive(bytes.toString("latin1")))
    socket.on("error", (error) => this.#fail(`The connection to clamd failed (${error.message}).`))
    socket.on("close", () => this.#fail("clamd closed the connection without an answer."))
  }

  get connected(): boolean {
    return this.#socket.readyState === "open"
  }

  /** Everything sent so far was handed to the system: its buffers may be used again. */
  get flushed(): boolean {
    return this.#socket.writableLength === 0
  }

  get over(): boolean {
    return this.reply !== undefined || this.failure !== undefined
  }

  /** Sends the parts in one go, without copying them. */
  send(...parts: ReadonlyArray<Uint8Array>): void {
    if (this.over) return
    this.#socket.cork()
    for (const part of parts) this.#socket.write(part, () => this.#wake())
    this.#socket.uncork()
  }

  /** Calls back at every step of the connection, until told to stop. */
  onProgress(listener: () => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  end(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const end = this.#received.indexOf("\0")
    if (end >= 0) this.reply ??= this.#received.slice(0, end)
    else if (this.#received.length > maxReply) this.#fail("What answers is not clamd.")
    if (this.over) this.#socket.destroy()
    this.#wake()
  }

  #fail(message: string): void {
    if (!this.over) this.failure = new ClamavFailed({ message })
    this.#wake()
  }

  #wake(): void {
    for (const listener of this.#waiting) listener()
  }
}

/** Waits until `done` holds or the conversation is over; fails when it ended without an answer or `timeout` passes. */
export const until = (conversation: Conversation, done: () => boolean, timeout: Duration.Duration) =>
  Effect.callback<void, ClamavFailed>((resume) => {
    const settle = (): boolean => {
      if (conversation.failure !== undefined) resume(Effect.fail(conversation.failure))
      else if (conversation.reply !== undefined || done()) resume(Effect.void)
      else return false
      return true
    }
    if (settle()) return
    const stop = conversation.onProgress(() => {
      if (settle()) stop()
    })
    return Effect.sync(stop)
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => Effect.fail(new ClamavFailed({ message: `clamd did not react for ${Duration.format(timeout)}.` }))
    })
  )

/** A connection to clamd that is closed with the scope. `timeout` bounds the connecting. */
export const converse = (address: ClamavAddress, timeout: Duration.Duration) =>
  Effect.acquireRelease(
    Effect.sync(() => new Conversation(connect(address.port, address.host))),
    (conversation) => Effect.sync(() => conversation.end())
  ).pipe(Effect.tap((conversation) => until(conversation, () => conversation.connected, timeout)))
