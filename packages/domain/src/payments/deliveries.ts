import { Context, DateTime, type Effect, Schema } from "effect"

/** A delivery to the webhook as the log names it. */
export const DeliveryId = Schema.String.pipe(Schema.brand("DeliveryId"))
export type DeliveryId = typeof DeliveryId.Type

/**
 * What became of a delivery. `skipped`: it was told before, or is about nothing of ours (yet). `error`: taking it in
 * failed, or the provider's words were not understood.
 */
export const DeliveryResult = Schema.Literals(["ok", "error", "signature_invalid", "skipped"])
export type DeliveryResult = typeof DeliveryResult.Type

export interface NewDelivery {
  readonly id: DeliveryId
  readonly receivedAt: DateTime.Utc
  /** As it came; of what nobody signed, the beginning. */
  readonly payload: Uint8Array
  readonly signature: string | undefined
  readonly signatureValid: boolean
  readonly eventId: string | undefined
  readonly eventType: string | undefined
  readonly ip: string
  readonly userAgent: string
  readonly requestId: string
  /** Undefined while it is being taken in. */
  readonly result: DeliveryResult | undefined
  /** When the reconciler takes it up, unless it is finished by then. */
  readonly retryAt: DateTime.Utc | undefined
}

/** A delivery that is to be taken in (again). */
export interface OpenDelivery {
  readonly id: DeliveryId
  readonly payload: Uint8Array
  readonly signature: string | undefined
  /** How often it was tried in vain. */
  readonly attempts: number
}

/** How an attempt at a delivery ended. */
export interface DeliveryEnd {
  readonly result: DeliveryResult
  readonly at: DateTime.Utc
  /** Undefined: nothing more is done about it. */
  readonly retryAt: DateTime.Utc | undefined
}

/** The log of everything that was posted to the webhook, and which events have had their effect. */
export class PaymentDeliveries extends Context.Service<
  PaymentDeliveries,
  {
    readonly record: (delivery: NewDelivery) => Effect.Effect<void>
    /**
     * Within a transaction: keeps a delivery that waits from others until the transaction ends. Undefined where somebody
     * has it, or nothing is to be done about it any longer.
     */
    readonly take: (id: DeliveryId) => Effect.Effect<OpenDelivery | undefined>
    readonly finish: (id: DeliveryId, end: DeliveryEnd) => Effect.Effect<void>
    /** True exactly once for each event, however many try; whoever tries waits for who is at it. Joins the transaction. */
    readonly claim: (eventId: string, at: DateTime.Utc) => Effect.Effect<boolean>
    /** What waits and is due, the longest waiting first. */
    readonly due: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<DeliveryId>>
    /** Forgets deliveries and events from before `before`; answers how many deliveries. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/payments/PaymentDeliveries") {}

/**
 * Seconds after each attempt in vain; then it is given up. Soon at first, for most often the provider was only quicker
 * than the commit of who asked it.
 */
const pauses = [10, 30, 120, 240, 480, 960, 1920, 3600, 3600]

/** How long the request that brought a delivery may take before the reconciler takes it up. */
export const firstRetry = (now: DateTime.Utc): DateTime.Utc => DateTime.add(now, { minutes: 1 })

/** When a delivery is tried again that was tried `attempts` times in vain, this one included; undefined: no more. */
export const nextRetry = (attempts: number, now: DateTime.Utc): DateTime.Utc | undefined => {
  const seconds = pauses[attempts - 1]
  return seconds === undefined ? undefined : DateTime.add(now, { seconds })
}

/** Clocks of honest senders differ by no more than this. */
const tolerance = { minutes: 5 } as const

/**
 * Is this the time at which it was sent, so that it is no recording? Where no signed part says when a delivery was sent
 * there is nothing to judge by: retries come late, and replay is told by the event's id.
 */
export const isTimely = (sentAt: DateTime.Utc | undefined, now: DateTime.Utc): boolean =>
  sentAt === undefined ||
  DateTime.between(sentAt, { minimum: DateTime.subtract(now, tolerance), maximum: DateTime.add(now, tolerance) })
