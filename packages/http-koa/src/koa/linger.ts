import type { KoaContext } from "./exchange.ts"

/** Milliseconds for which a refused sender is still listened to. */
const patience = 5000

/**
 * For a refusal while the sender still sends: the connection ends with this answer, and what arrives meanwhile is read
 * and thrown away. Closing with unread bytes would reset the connection, and the sender might never see the answer
 * (RFC 9112 §9.6).
 */
export const closeAfterReply = (ctx: KoaContext): void => {
  if (ctx.req.complete) return
  ctx.set("Connection", "close")
  const { socket } = ctx.req
  // What Node calls once the last answer of a connection is written: it would close at once.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), patience)
    socket.once("close", () => clearTimeout(timer))
  }
}
