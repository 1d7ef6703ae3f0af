import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { dataOf, type Reply, type Session } from "./session.ts"
import { tracksPath } from "./upload.ts"

interface Queried {
  readonly query: (text: string, ...values: ReadonlyArray<unknown>) => Promise<ReadonlyArray<unknown>>
}

export const Reported = Schema.Struct({ counted: Schema.Boolean, listened: Schema.Finite })

/** One report of a play session. */
export const report = (
  who: Session,
  track: string,
  said: { readonly session_id: string; readonly position: number; readonly duration?: number },
  headers: Readonly<Record<string, string>> = {}
): Promise<Reply> => who.call("POST", `${tracksPath}/${track}/play`, { json: said, headers })

/** Makes a session older than it is, instead of waiting. */
export const letTimePass = (product: Queried, sessionId: string, seconds: number) =>
  product.query(
    `UPDATE play_sessions SET began_at = began_at - make_interval(secs => $2),
       reported_at = reported_at - make_interval(secs => $2) WHERE session_id = $1`,
    sessionId,
    seconds
  )

export interface Listened {
  readonly to: number
  readonly sessionId?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Listens to a track from its beginning to a place, in seconds; answers what the last report was answered. */
export const listen = async (product: Queried, who: Session, track: string, listened: Listened) => {
  const { to, sessionId = randomUUID(), headers = {} } = listened
  dataOf(Reported, await report(who, track, { session_id: sessionId, position: 0 }, headers))
  await letTimePass(product, sessionId, to)
  return dataOf(Reported, await report(who, track, { session_id: sessionId, position: to }, headers))
}
