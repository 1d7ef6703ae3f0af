import type { KoaContext } from "./exchange.ts"

/** Milliseconds for which a refused sender is still listened to. */
const patience = 5000

/** Is there a body that has not arrived yet (RFC 9112 §6.3)? Of a request without one, too, Node learns the end only later. */
const stillSends = ({ complete, headers }: KoaContext["req"]): boolean =>
  !complete && (headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0")

/**
 * For a refusal while the sender still sends: the connection ends with this answer, and what arrives meanwhile is read
 * and thrown away. Closing with unread bytes would reset the connection, and the sender might never see the answer
 * (RFC 9112 §9.6).
 */
export const closeAfterReply = (ctx: KoaContext): void => {
  if (!stillSends(ctx.req)) return
  ctx.set("Connection", "close")
  const { socket } = ctx.req
  // What Node calls once the last answer of a connection is written: it would close at once.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), patience)
    socket.once("close", () => clearTimeout(timer))
  }
}
