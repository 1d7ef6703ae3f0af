import { createHash } from "node:crypto"
import { Cause, Effect, Exit, Fiber, Metric } from "effect"
import type { Actor } from "@veza/domain/kernel"
import {
  type Answered,
  claimKey,
  IdempotencyKeyReused,
  type IdempotencyScope,
  type StoredAnswer,
  underKey
} from "@veza/domain/platform"
import { InvalidRequest, rowOf } from "../contract/errors.ts"
import type { Rules } from "../contract/rules.ts"
import { canonicalJson } from "./canonical-json.ts"
import type { Reply } from "./codecs.ts"
import { Exchange, type KoaContext } from "./exchange.ts"
import { renderError } from "./reply.ts"
import type { Services } from "./services.ts"

/** Reads the body of a raw request to its end and answers its fingerprint, doing nothing else. */
export type RawFingerprint = () => Effect.Effect<string, unknown, Services | Exchange>

const replayed = Metric.counter("veza_idempotent_replays_total", {
  description: "Answers given again under an Idempotency-Key",
  incremental: true
})

/** What makes two requests the same: SHA-256 of their canonical form. */
export const fingerprintOf = (parts: unknown): string => createHash("sha256").update(canonicalJson(parts)).digest("hex")

/** 1 to 255 printable ASCII characters, taken as they are: quotes, if any, belong to the key. */
const wellFormed = /^[\x20-\x7e]{1,255}$/u
const malformed = () =>
  new InvalidRequest({ faults: [{ field: "Idempotency-Key", message: "must be 1 to 255 printable characters" }] })

/** Headers of an answer that its repetition needs too; the others are made anew on every answer. */
const keptHeaders = ["Location", "Upload-Offset", "Upload-Expires", "X-Track-Id"] as const
const headersOf = (ctx: KoaContext): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const name of keptHeaders) {
    const value = ctx.res.getHeader(name)
    if (typeof value === "string") kept[name] = value
  }
  return kept
}

/** The answer that may be given again: a success, or a refusal that the same request would always get. */
const lastingAnswer = (ctx: KoaContext, exit: Exit.Exit<Reply | undefined, unknown>): StoredAnswer | undefined => {
  if (Exit.isSuccess(exit)) return exit.value && { ...exit.value, headers: headersOf(ctx) }
  const error = Cause.squash(exit.cause)
  const row = rowOf(error)
  if (row === undefined || row.isTransient) return undefined
  return { status: row.status, ...renderError(ctx, row, error) }
}

const replay = Effect.fnUntraced(function* (ctx: KoaContext, answer: StoredAnswer) {
  yield* Metric.update(replayed, 1)
  ctx.set(answer.headers)
  ctx.set("Idempotency-Replayed", "true")
  return { status: answer.status, body: answer.body }
})

type Work = Effect.Effect<Reply | undefined, unknown, Services>

export interface KeyedRoute {
  /** Method and declared path. */
  readonly route: string
  /** Milliseconds that a request may take. */
  readonly longest: number
  /** For a raw route: how its body is read. */
  readonly ofRaw: RawFingerprint | undefined
}

/**
 * Makes a route honour the header Idempotency-Key where its rules say so (00-conventions, "Idempotency";
 * draft-ietf-httpapi-idempotency-key-header); undefined where they do not. A keyed request is worked on to its end even
 * when its client leaves or its deadline passes, so that the retry finds the answer. The body of a raw route is known
 * only when it has been read: its key is reserved first, and compared at the end.
 */
export const answerOnce = (rules: Rules, { route, longest, ofRaw }: KeyedRoute) => {
  if (rules.idempotent !== true) return undefined
  if (rules.auth === "P" || rules.auth === "O") throw new Error(`${route} is idempotent, so it must require signing in`)
  if ((rules.raw === undefined) !== (ofRaw === undefined)) throw new Error(`${route} needs a fingerprint of raw bodies`)

  const begin = Effect.fnUntraced(function* (
    ctx: KoaContext,
    scope: IdempotencyScope,
    attempt: string,
    known: string | undefined,
    work: Work
  ) {
    const keyed = { fingerprint: known }
    ctx.state.keyed = keyed
    const answered = (exit: Exit.Exit<Reply | undefined, unknown>): Answered | undefined => {
      const answer = lastingAnswer(ctx, exit)
      return answer === undefined || keyed.fingerprint === undefined
        ? undefined
        : { fingerprint: keyed.fingerprint, answer }
    }
    const bounded = Effect.timeoutOrElse(work, { duration: 2 * longest, orElse: () => Effect.interrupt })
    return yield* Effect.forkDetach(underKey(scope, attempt, bounded, answered))
  })

  const compare = Effect.fnUntraced(function* (ctx: KoaContext, stored: Answered) {
    if (ofRaw === undefined) return yield* replay(ctx, stored.answer)
    const fingerprint = yield* Effect.provideService(ofRaw(), Exchange, ctx)
    if (fingerprint !== stored.fingerprint) return yield* new IdempotencyKeyReused()
    return yield* replay(ctx, stored.answer)
  })

  const serve = Effect.fnUntraced(function* (ctx: KoaContext, actor: Actor, body: unknown, work: Work) {
    const key = ctx.get("idempotency-key")
    if (!wellFormed.test(key)) return yield* malformed()
    if (actor._tag !== "SignedIn") return yield* Effect.die("an idempotent route was entered anonymously")
    const scope = { userId: actor.userId, route, key }
    const known = ofRaw === undefined ? fingerprintOf([ctx["params"], ctx.query, body]) : undefined
    // Between reserving and beginning nobody may interrupt: the reservation would stand without its work.
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(claimKey(scope, known), (claim) =>
        claim._tag === "Answered"
          ? restore(compare(ctx, claim))
          : Effect.flatMap(begin(ctx, scope, claim.attempt, known, work), (fiber) => restore(Fiber.join(fiber)))
      )
    )
  })

  return (ctx: KoaContext, actor: Actor, body: unknown, work: Work): Work =>
    ctx.req.headers["idempotency-key"] === undefined ? work : serve(ctx, actor, body, work)
}
