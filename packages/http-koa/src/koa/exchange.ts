import { Context } from "effect"
import type { ParameterizedContext } from "koa"
import type { SignedIn } from "@veza/domain/kernel"
import type { LimitVerdict } from "@veza/domain/platform"

/** What this host keeps with each request. */
export interface ExchangeState {
  requestId: string
  ip: string
  startedAt: number
  /** The declared path, never the raw one: what metrics and log lines name. */
  route: string
  /** Headers of every answer, names and values in turns. */
  standing: ReadonlyArray<string>
  /** Who was identified, whatever was answered. */
  caller: SignedIn | undefined
  /** Why the answer is a 5xx, for the log. */
  failure: unknown
  /** Expected probes are logged at debug. */
  quiet: boolean
  /** Set where the request carries an Idempotency-Key: a raw handler puts the fingerprint of what it read there. */
  keyed: { fingerprint: string | undefined } | undefined
  /** The limiter with the fewest remaining among those applied. */
  limit: LimitVerdict | undefined
}

export type KoaContext = ParameterizedContext<ExchangeState>

/** The request and its answer, for handlers that need more than data: cookies, raw bodies, streams. */
export class Exchange extends Context.Service<Exchange, KoaContext>()("@veza/http-koa/Exchange") {}
