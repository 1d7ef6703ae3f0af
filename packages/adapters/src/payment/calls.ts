import { Duration, Effect, Metric, Option, Redacted, Schedule, Schema } from "effect"
import { PaymentProviderUnavailable, PaymentRefused } from "@veza/domain/payments"
import { boundedFetch } from "../outbound/bounded-fetch.ts"

export interface HyperswitchSettings {
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: Redacted.Redacted<string>
  readonly webhookSecret: Redacted.Redacted<string>
  /** Under which of its business profiles the merchant takes payments; where there is one, it need not be said. */
  readonly profileId?: string | undefined
  /** For one call; three are made at most, which together stay within HANDLER_TIMEOUT. */
  readonly patience: Duration.Duration
}

/** Asked again after an answer that promises nothing, with the same id: the provider does it once. */
const retries = 2
const pause = Schedule.exponential("200 millis")
/** Seconds that a caller is told to wait when all tries were in vain. */
const retryAfter = 30

const requests = Metric.counter("veza_payment_provider_requests_total", {
  description: "Calls to the payment provider by operation and outcome, retries included",
  incremental: true
})
const durations = Metric.histogram("veza_payment_provider_request_duration_seconds", {
  description: "How long the payment provider takes to answer",
  boundaries: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

export interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Call {
  readonly operation: "create" | "read" | "cancel" | "refund" | "read_refund"
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: object
}

export const unavailable = () => new PaymentProviderUnavailable({ retryAfter })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One call; 429 and 5xx are no answers. */
const callOnce = (settings: HyperswitchSettings, { operation, method, path, body }: Call) =>
  Effect.tryPromise({
    try: async (): Promise<Answer> => {
      const response = await boundedFetch(`${settings.url}${path}`, {
        method,
        headers: {
          "api-key": Redacted.value(settings.apiKey),
          accept: "application/json",
          "content-type": "application/json",
          "user-agent": "Veza"
        },
        body: body === undefined ? null : JSON.stringify(body),
        patience: Duration.toMillis(settings.patience)
      })
      if (response.status === 429) throw new Error("429: too many requests")
      return { status: response.status, body: parsed(await response.text()) }
    },
    catch: (error) => ({ reason: error instanceof Error ? error.message : String(error) })
  }).pipe(
    Effect.timed,
    Effect.tap(([elapsed]) =>
      Metric.update(Metric.withAttributes(durations, { operation }), Duration.toSeconds(elapsed))
    ),
    Effect.map(([, answer]) => answer),
    Effect.tap(({ status }) =>
      Metric.update(Metric.withAttributes(requests, { operation, outcome: status < 400 ? "ok" : "refused" }), 1)
    ),
    Effect.tapError(({ reason }) =>
      Effect.andThen(
        Metric.update(Metric.withAttributes(requests, { operation, outcome: "unavailable" }), 1),
        Effect.logWarning("the payment provider did not answer", { operation, reason })
      )
    )
  )

/** A call, made again where the answer did not come; the same words each time, so that it is one request. */
export const call = (settings: HyperswitchSettings, what: Call) =>
  callOnce(settings, what).pipe(Effect.retry({ times: retries, schedule: pause }), Effect.mapError(unavailable))

const WireError = Schema.Struct({
  error: Schema.Struct({ code: Schema.String, message: Schema.String })
})
const decodeError = Schema.decodeUnknownOption(WireError)

/** What Hyperswitch says where a payment is locked by a request that is still under way. */
const busy = "HE_00"
/** Our key is wrong or not allowed this: an operator's matter, which waiting may end. */
const barred: ReadonlyArray<number> = [401, 403]
/** Answers that promise nothing, of gateways too: a time-out, a conflict with what is under way, too early. */
const undecided: ReadonlyArray<number> = [408, 409, 423, 425]

/** The refusal of an answer that is no success, provided that it is one: the provider's own words that it will not. */
export const refusalOf = ({ status, body }: Answer): Effect.Effect<PaymentRefused, PaymentProviderUnavailable> => {
  if (barred.includes(status)) {
    return Effect.andThen(
      Effect.logError("the payment provider does not accept HYPERSWITCH_API_KEY"),
      Effect.fail(unavailable())
    )
  }
  const said = Option.getOrUndefined(decodeError(body))?.error
  const isRefusal = status >= 400 && !undecided.includes(status) && said !== undefined && said.code !== busy
  return isRefusal
    ? Effect.succeed(new PaymentRefused(said))
    : Effect.andThen(
        Effect.logWarning("the payment provider answered what is no refusal", { status, code: said?.code ?? "" }),
        Effect.fail(unavailable())
      )
}

/** An answer that is not what it should be says nothing about what was done. */
export const understood =
  <A>(decode: (body: unknown) => Option.Option<A>) =>
  ({ body, status }: Answer): Effect.Effect<A, PaymentProviderUnavailable> =>
    Option.match(decode(body), {
      onNone: () =>
        Effect.andThen(
          Effect.logError("the payment provider answered something unknown", { status }),
          Effect.fail(unavailable())
        ),
      onSome: Effect.succeed
    })
