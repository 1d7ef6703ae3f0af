import { Context, type DateTime, type Effect, type Option } from "effect"
import type { UserId } from "../kernel/index.ts"

/** Whose key it is and for which route: the same key of somebody else, or elsewhere, is another. */
export interface IdempotencyScope {
  readonly userId: UserId
  /** Method and declared path. */
  readonly route: string
  readonly key: string
}

/** What a request that wants the key brings along. */
export interface Reservation {
  /** Names this try: only it may renew, answer or release what it reserved. */
  readonly attempt: string
  /** Of the request; undefined where only the end of its body tells. */
  readonly fingerprint: string | undefined
  readonly at: DateTime.Utc
  readonly leasedUntil: DateTime.Utc
  readonly expiresAt: DateTime.Utc
}

/** What another request has made of the key. */
export interface HeldKey {
  readonly fingerprint: string | undefined
  /** Sealed; undefined while that request is in flight. */
  readonly answer: Uint8Array | undefined
}

export interface KeptAnswer {
  readonly fingerprint: string
  readonly answer: Uint8Array
  readonly expiresAt: DateTime.Utc
}

/** Requests by their Idempotency-Key (00-conventions, "Idempotency"). */
export class IdempotencyKeys extends Context.Service<
  IdempotencyKeys,
  {
    /**
     * Takes the key, at most once however many try at the same time; otherwise answers what holds it. What has expired
     * is free, and so is an unanswered reservation whose lease has ended, unless it was for a different request.
     */
    readonly reserve: (scope: IdempotencyScope, wanted: Reservation) => Effect.Effect<Option.Option<HeldKey>>
    readonly renew: (scope: IdempotencyScope, attempt: string, leasedUntil: DateTime.Utc) => Effect.Effect<void>
    /** Keeps the answer of that attempt. False when it no longer holds the key, or has answered before. */
    readonly complete: (scope: IdempotencyScope, attempt: string, kept: KeptAnswer) => Effect.Effect<boolean>
    /** Gives the key of an unanswered attempt back. */
    readonly release: (scope: IdempotencyScope, attempt: string) => Effect.Effect<void>
    /** Removes all that somebody holds, in flight or answered. */
    readonly forgetOf: (userId: UserId) => Effect.Effect<void>
    /** Removes what expired before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/platform/IdempotencyKeys") {}
