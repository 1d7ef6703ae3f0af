import { Option, Schema } from "effect"
import { Currency } from "@veza/domain/kernel"
import { DisputeStage } from "@veza/domain/payments"
import { Refusal } from "./books.ts"

const maybe = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))
const upTo = (length: number) => Schema.String.check(Schema.isMaxLength(length))
/** Both are the caller's to choose, of exactly 30 characters. */
const Id = Schema.String.check(Schema.isPattern(/^[\w-]{30}$/u, { expected: "30 letters, digits, - or _" }))
const Whole = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 }))
const switched = Schema.optionalKey(Schema.Boolean)

export const PaymentRequest = Schema.Struct({
  payment_id: Id,
  amount: Whole,
  currency: Currency,
  customer_id: maybe(upTo(64)),
  description: maybe(upTo(255)),
  setup_future_usage: maybe(Schema.Literals(["off_session", "on_session"])),
  return_url: maybe(upTo(2048)),
  metadata: Schema.optionalKey(Schema.Unknown),
  confirm: switched,
  off_session: switched,
  recurring_details: Schema.optionalKey(Schema.Struct({ type: Schema.Literal("payment_method_id"), data: upTo(256) }))
})

export const RefundRequest = Schema.Struct({
  refund_id: Id,
  payment_id: upTo(64),
  amount: Schema.optionalKey(Whole),
  reason: maybe(upTo(255))
})

export const PayRequest = Schema.Struct({
  choice: Schema.Literals(["works", "later_declined", "declined", "cancels"])
})

export const DisputeRequest = Schema.Struct({
  status: Schema.Literals([
    "dispute_opened",
    "dispute_challenged",
    "dispute_accepted",
    "dispute_cancelled",
    "dispute_expired",
    "dispute_won",
    "dispute_lost"
  ]),
  stage: Schema.optionalKey(DisputeStage)
})

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 }))

/** How the sandbox is to misbehave from now on; what is left out stays as it is. */
export const WhimsRequest = Schema.Struct({
  /** Where events are sent; copies go to the next in turn. */
  urls: Schema.optionalKey(
    Schema.Array(upTo(2048).check(Schema.isPattern(/^https?:\/\//u))).check(Schema.isMaxLength(10))
  ),
  delay_ms: Schema.optionalKey(Count),
  copies: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))),
  hold: switched,
  lose: switched,
  /** The next so many calls of the API fail with 503: `before` anything is done, or `after` it was. */
  fail_calls: Schema.optionalKey(Count),
  fail_when: Schema.optionalKey(Schema.Literals(["before", "after"])),
  /** Milliseconds that answers of the API wait. */
  answer_delay_ms: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 120_000 })))
})

export const ReleaseRequest = Schema.Struct({ order: Schema.Literals(["kept", "reversed"]) })

/** A body as the schema has it, or the refusal that Hyperswitch would give. */
export const reader = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownOption(Schema.fromJsonString(schema))
  return (body: string): A =>
    Option.getOrThrowWith(
      decode(body),
      () => new Refusal(400, "IR_06", "The request body does not have the expected shape")
    )
}
