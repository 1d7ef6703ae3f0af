import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { Currency, Ids } from "@veza/domain/kernel"
import { type Dispute, Disputes, DisputeStatus, openDisputes, PaymentId } from "@veza/domain/payments"
import { at } from "./samples.ts"

const newDispute = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) =>
    (status: DisputeStatus): Dispute => ({
      id: `dp_${id}`,
      paymentId: PaymentId.make(`pay_${id}`),
      stage: "dispute",
      status,
      amount: { amount_minor: 1999, currency: Currency.make("USD") },
      reason: "fraudulent",
      challengeUntil: at(3600)
    })
)

/** What every store of disputes does. */
export const disputesContract = <E>(name: string, adapter: Layer.Layer<Disputes | Ids, E>) =>
  layer(adapter)(`Disputes: ${name}`, (it) => {
    it.effect("open one case each, however often and by how many they are told of", () =>
      Effect.gen(function* () {
        const { record, ofPayment } = yield* Disputes
        const dispute = yield* newDispute
        const outcomes = yield* Effect.all(
          Array.from({ length: 10 }, () => record(dispute("open"), at(0))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes.toSorted().slice(-2), ["unchanged", "unchanged"])
        assert.strictEqual(outcomes.filter((one) => one === "opened").length, 1)
        assert.deepStrictEqual(yield* ofPayment(dispute("open").paymentId), [dispute("open")])
      })
    )

    it.effect("move on, and never back once they are over", () =>
      Effect.gen(function* () {
        const { record, ofPayment } = yield* Disputes
        const dispute = yield* newDispute
        assert.strictEqual(yield* record(dispute("open"), at(0)), "opened")
        assert.strictEqual(yield* record(dispute("challenged"), at(1)), "changed")
        assert.strictEqual(yield* record(dispute("open"), at(2)), "unchanged")
        assert.strictEqual(yield* record(dispute("won"), at(3)), "changed")
        assert.strictEqual(yield* record(dispute("lost"), at(4)), "unchanged")
        assert.deepStrictEqual(yield* ofPayment(dispute("open").paymentId), [dispute("won")])
      })
    )

    it.effect("begin anew with the next stage, whatever came of the one before, and go back to none", () =>
      Effect.gen(function* () {
        const { record, ofPayment } = yield* Disputes
        const dispute = yield* newDispute
        const later = { ...dispute("open"), stage: "pre_arbitration", challengeUntil: at(9000) } as const
        yield* record(dispute("open"), at(0))
        assert.strictEqual(yield* record(dispute("won"), at(1)), "changed")
        assert.strictEqual(yield* record(later, at(2)), "changed")
        assert.deepStrictEqual(yield* ofPayment(later.paymentId), [later])
        for (const status of DisputeStatus.literals) {
          assert.strictEqual(yield* record(dispute(status), at(3)), "unchanged")
        }
        const challenged = { ...later, status: "challenged", challengeUntil: undefined } as const
        assert.strictEqual(yield* record(challenged, at(4)), "changed")
        assert.strictEqual(yield* record(later, at(5)), "unchanged")
        assert.deepStrictEqual(yield* ofPayment(later.paymentId), [{ ...later, status: "challenged" }])
        const over = { ...later, stage: "arbitration", status: "lost", challengeUntil: undefined } as const
        assert.strictEqual(yield* record(over, at(6)), "changed")
        assert.deepStrictEqual(yield* ofPayment(later.paymentId), [over])
      })
    )

    it.effect("are listed by status, the latest opened first", () =>
      Effect.gen(function* () {
        const { record, latest } = yield* Disputes
        const [older, newer, over] = [yield* newDispute, yield* newDispute, yield* newDispute]
        yield* record(newer("open"), at(9_000_002))
        yield* record(older("open"), at(9_000_001))
        yield* record(older("challenged"), at(9_000_003))
        yield* record(over("lost"), at(9_000_004))
        const [first, second] = yield* latest(openDisputes, 2)
        assert.deepStrictEqual(first, { ...newer("open"), openedAt: at(9_000_002), updatedAt: at(9_000_002) })
        assert.deepStrictEqual(second, { ...older("challenged"), openedAt: at(9_000_001), updatedAt: at(9_000_003) })
        assert.strictEqual((yield* latest(DisputeStatus.literals, 1))[0]?.id, over("lost").id)
      })
    )

    it.effect("open with the news that came first, be it the last", () =>
      Effect.gen(function* () {
        const { record } = yield* Disputes
        const dispute = yield* newDispute
        assert.strictEqual(yield* record(dispute("lost"), at(0)), "opened")
        assert.strictEqual(yield* record(dispute("open"), at(1)), "unchanged")
      })
    )
  })
