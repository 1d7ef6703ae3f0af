import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Redacted, Result } from "effect"
import fc from "fast-check"
import { hyperswitch, idOfKey, signatureOf } from "@veza/adapters/payment"
import {
  askAgainAt,
  disputeMachine,
  DisputeStatus,
  isTerminal,
  isTimely,
  nextRetry,
  PaymentProvider,
  PaymentStatus
} from "@veza/domain/payments"

const secret = Redacted.make("a secret of the tests")
const verifier = Effect.map(PaymentProvider, ({ verify }) => verify).pipe(
  Effect.provide(
    hyperswitch({
      url: "http://127.0.0.1:1",
      apiKey: Redacted.make("unused"),
      webhookSecret: secret,
      patience: Duration.seconds(1)
    })
  ),
  Effect.runSync
)
const tagOf = (body: Uint8Array, signature: string | undefined): string => {
  const verified = verifier({ body, signature })
  return Result.isSuccess(verified) ? verified.success.about._tag : verified.failure._tag
}

const eventOf = (object: object, type = "payment_details", timestamp = "2026-03-01T08:00:00.000Z") =>
  Buffer.from(
    JSON.stringify({ event_id: "evt_1", event_type: "payment_succeeded", content: { type, object }, timestamp })
  )
const payment = { payment_id: "pay_1", status: "succeeded", amount: 1999, amount_received: 1999, currency: "USD" }
const paymentIn = (object: object) => {
  const body = eventOf(object)
  const { about } = Result.getOrThrow(verifier({ body, signature: signatureOf(secret, body) }))
  if (about._tag !== "Payment") throw new Error(`about ${about._tag}`)
  return about.payment
}

const bytes = fc.uint8Array({ maxLength: 200 })
/** Bytes of an event, or of anything. */
const body = fc.oneof(bytes, fc.constant(new Uint8Array(eventOf(payment))))

describe("a signature", () => {
  it("holds for its very bytes, and for no others", () => {
    fc.assert(
      fc.property(body, body, (one, other) => {
        const signature = signatureOf(secret, one)
        assert.notStrictEqual(tagOf(one, signature), "WebhookSignatureInvalid")
        if (Buffer.compare(one, other) !== 0) assert.strictEqual(tagOf(other, signature), "WebhookSignatureInvalid")
      })
    )
  })

  it("survives no change of a bit, no cut and no addition", () => {
    const signed = new Uint8Array(eventOf(payment))
    const signature = signatureOf(secret, signed)
    assert.strictEqual(tagOf(signed, signature), "Payment")
    const changed = fc.oneof(
      fc
        .tuple(fc.nat(signed.length - 1), fc.nat(7))
        .map(([at, bit]) => signed.with(at, (signed[at] ?? 0) ^ (1 << bit))),
      fc.nat(signed.length - 1).map((length) => signed.slice(0, length)),
      bytes.filter(({ length }) => length > 0).map((more) => new Uint8Array([...signed, ...more]))
    )
    fc.assert(
      fc.property(changed, (altered) => assert.strictEqual(tagOf(altered, signature), "WebhookSignatureInvalid"))
    )
  })

  it("is not to be guessed: every other text is none, and nothing throws", () => {
    const signed = new Uint8Array(eventOf(payment))
    const signature = signatureOf(secret, signed)
    const digit = fc.tuple(fc.nat(127), fc.constantFrom(..."0123456789abcdef"))
    const guess = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constant(undefined),
      fc.constant(signatureOf(Redacted.make("another secret"), signed)),
      fc.nat(127).map((length) => signature.slice(0, length)),
      digit.map(([at, character]) => signature.slice(0, at) + character + signature.slice(at + 1))
    )
    fc.assert(
      fc.property(guess, (guessed) => {
        const expected = guessed === signature ? "Payment" : "WebhookSignatureInvalid"
        assert.strictEqual(tagOf(signed, guessed), expected)
      })
    )
  })

  it("makes nothing of a name that cannot be kept, and keeps of other words what can", () => {
    const unfit = fc
      .tuple(fc.string(), fc.constantFrom("\0", "\u001b", "\n", " ", "é"), fc.string())
      .map((parts) => parts.join(""))
    fc.assert(
      fc.property(unfit, fc.constantFrom("event_id", "event_type", "payment_id"), (text, field) => {
        const object = field === "payment_id" ? { ...payment, payment_id: text } : payment
        const event = {
          ...JSON.parse(eventOf(object).toString()),
          ...(field === "payment_id" ? {} : { [field]: text })
        }
        const signed = Buffer.from(JSON.stringify(event))
        assert.strictEqual(tagOf(signed, signatureOf(secret, signed)), "WebhookUnreadable")
      })
    )
    const { failure } = paymentIn({ ...payment, status: "failed", error_code: "no\0", error_message: "a\0b\nc" })
    assert.deepStrictEqual(failure, { code: "no", message: "ab\nc" })
  })

  it("makes nothing of what is signed and makes no sense", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json().map((text) => new Uint8Array(Buffer.from(text))),
          bytes
        ),
        (nonsense) => {
          assert.strictEqual(tagOf(nonsense, signatureOf(secret, nonsense)), "WebhookUnreadable")
        }
      )
    )
  })
})

describe("a payment of Hyperswitch's", () => {
  it("has ended only where it is known to have", () => {
    const ends = new Set(["succeeded", "failed", "expired", "cancelled", "cancelled_post_capture"])
    const known = ["requires_capture", "partially_captured", "processing", "requires_customer_action", "conflicted"]
    const status = fc.oneof(fc.string(), fc.constantFrom(...known, ...ends, "constructor", "__proto__"))
    fc.assert(
      fc.property(status, (told) => {
        const { status } = paymentIn({ ...payment, status: told })
        assert.include(PaymentStatus.literals, status)
        assert.strictEqual(isTerminal(status), ends.has(told))
      })
    )
  })

  it("has succeeded only when all of it was received", () => {
    const cents = fc.nat(1_000_000)
    fc.assert(
      fc.property(cents, fc.option(cents), (amount, received) => {
        const { status } = paymentIn({ ...payment, amount, amount_received: received })
        assert.strictEqual(status === "succeeded", received === null || received >= amount)
      })
    )
  })

  it("leaves a mandate only when it succeeded and was to be remembered", () => {
    const status = fc.constantFrom("succeeded", "failed", "processing", "requires_payment_method")
    const use = fc.constantFrom("off_session", "on_session", null)
    fc.assert(
      fc.property(status, use, (told, setup_future_usage) => {
        const { mandate } = paymentIn({ ...payment, status: told, setup_future_usage, payment_method_id: "pm_1" })
        assert.strictEqual(mandate !== undefined, told === "succeeded" && setup_future_usage === "off_session")
      })
    )
  })

  it("goes by an id of 30 characters that belongs to its key alone", () => {
    const number = fc.nat()
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), number, number, (one, other, first, second) => {
        const id = idOfKey("pay", `invoice:${one}:${first}`)
        assert.match(id, /^pay_[0-9a-f]{26}$/u)
        const isSame = one === other && first === second
        assert.strictEqual(idOfKey("pay", `invoice:${other}:${second}`) === id, isSame)
      })
    )
  })
})

describe("what Hyperswitch says of", () => {
  const read = (type: string, object: object) => {
    const signed = eventOf(object, type)
    return Result.getOrThrow(verifier({ body: signed, signature: signatureOf(secret, signed) })).about
  }

  it("a refund is over only where it is known to be", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("succeeded", "failed", "pending", "constructor")), (status) => {
        const about = read("refund_details", {
          refund_id: "ref_1",
          payment_id: "pay_1",
          status,
          amount: 500,
          currency: "EUR"
        })
        if (about._tag !== "Refund") throw new Error(`about ${about._tag}`)
        assert.strictEqual(about.refund.status, status === "succeeded" || status === "failed" ? status : "processing")
        assert.deepStrictEqual(about.refund.amount, { amount_minor: 500, currency: "EUR" })
      })
    )
  })

  it("a dispute, and of what nothing of ours depends on, is told apart", () => {
    const dispute = { dispute_id: "dp_1", payment_id: "pay_1", amount: "1999", currency: "USD" }
    const about = read("dispute_details", { ...dispute, dispute_status: "dispute_lost" })
    assert.deepInclude(about._tag === "Dispute" ? about.dispute : {}, { id: "dp_1", stage: "dispute", status: "lost" })
    const again = read("dispute_details", {
      ...dispute,
      dispute_status: "dispute_opened",
      dispute_stage: "pre_arbitration"
    })
    assert.deepInclude(again._tag === "Dispute" ? again.dispute : {}, { stage: "pre_arbitration", status: "open" })
    assert.deepStrictEqual(read("dispute_details", { ...dispute, dispute_status: "dispute_unheard_of" }), {
      _tag: "Other"
    })
    assert.deepStrictEqual(read("payout_details", { anything: true }), { _tag: "Other" })
  })
})

describe("a delivery", () => {
  const moment = fc.integer({ min: 0, max: 4_102_444_800_000 }).map((millis) => DateTime.makeUnsafe(millis))

  it("is tried again later and later, and not for ever", () => {
    fc.assert(
      fc.property(moment, (now) => {
        const pauses = Array.from({ length: 20 }, (_, index) => nextRetry(index + 1, now)).map((at) =>
          at === undefined ? Infinity : DateTime.toEpochMillis(at) - DateTime.toEpochMillis(now)
        )
        assert.deepStrictEqual(
          pauses,
          pauses.toSorted((a, b) => a - b)
        )
        assert.isTrue(pauses.every((pause) => pause >= 10_000))
        assert.strictEqual(pauses.filter(Number.isFinite).length, 9)
      })
    )
  })

  it("is timely within five minutes either way, or where nobody says when it was sent", () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -600_000, max: 600_000 }), (now, shift) => {
        const sentAt = DateTime.add(now, { milliseconds: shift })
        assert.strictEqual(isTimely(sentAt, now), Math.abs(shift) <= 300_000)
        assert.isTrue(isTimely(undefined, now))
      })
    )
  })
})

describe("a payment whose webhook does not come", () => {
  it("is asked about again after five minutes or more, the older the later, but within a fifth of its age", () => {
    const millis = fc.integer({ min: 0, max: 4_102_444_800_000 })
    const age = fc.integer({ min: 600_000, max: 40 * 86_400_000 })
    fc.assert(
      fc.property(millis, age, age, (now, one, other) => {
        const wait = (of: number) =>
          DateTime.toEpochMillis(askAgainAt(DateTime.makeUnsafe(now - of), DateTime.makeUnsafe(now))) - now
        assert.isAtLeast(wait(one), 300_000)
        assert.isAtMost(wait(one), Math.max(300_000, one / 5))
        if (one <= other) assert.isAtMost(wait(one), wait(other))
      })
    )
  })
})

describe("a dispute", () => {
  it("ends once, in whatever order its news come", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...DisputeStatus.literals), { minLength: 1 }), (news) => {
        const [first = "open", ...rest] = news
        const path = rest.reduce(
          (taken, status) => (disputeMachine.allows(taken.at(-1) ?? first, status) ? [...taken, status] : taken),
          [first]
        )
        assert.isAtMost(path.filter((status) => disputeMachine.isFinal(status)).length, 1)
        assert.isAtMost(path.length, 3)
        if (news.some((status) => disputeMachine.isFinal(status))) {
          assert.isTrue(disputeMachine.isFinal(path.at(-1) ?? first))
        }
      })
    )
  })
})
