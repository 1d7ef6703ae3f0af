import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import { assert, layer } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import { hyperswitch } from "@veza/adapters/payment"
import { startPaymentSandbox } from "@veza/adapters/payment-sandbox"
import { Currency, UserId } from "@veza/domain/kernel"
import { type NewPayment, PaymentId, type PaymentKey, PaymentProvider } from "@veza/domain/payments"
import { startSandbox } from "../support/payments.ts"

type SandboxServer = Awaited<ReturnType<typeof startSandbox>>
class Sandbox extends Context.Service<Sandbox, SandboxServer>()("@veza/tests/Sandbox") {}

const sandbox = Layer.effect(
  Sandbox,
  Effect.acquireRelease(Effect.promise(startSandbox), (server) => Effect.promise(server.stop))
)
/** Enough for a machine that is busy with the rest of the suite. */
const patience = Duration.seconds(30)
const adapter = Layer.unwrap(
  Effect.map(Sandbox, ({ url, settings: { apiKey, webhookSecret } }) =>
    hyperswitch({ url, apiKey, webhookSecret, patience })
  )
)

let made = 0
const newKey = (): PaymentKey => `invoice:${++made}:1`
const wanted: NewPayment = {
  amount: { amount_minor: 999, currency: Currency.make("USD") },
  customer: UserId.make("7f0a0a1c-5b0e-4c4e-9a53-6f1f6f0c9d11"),
  description: "Creator",
  by: { _tag: "Payer", remember: false, returnUrl: undefined }
}
const create = (key: PaymentKey) => Effect.flatMap(PaymentProvider, (provider) => provider.create(key, wanted))
const unknown = [404, '{"error":{"code":"HE_02","message":"Payment does not exist in our records"}}'] as const
const whims = (what: object) => Effect.flatMap(Sandbox, ({ control }) => Effect.promise(() => control.whims(what)))

/** A provider that answers every request, or every one but a GET, as told, and keeps what it was asked. */
const stub = Effect.fnUntraced(function* (
  status: number,
  body: string,
  whenRead?: readonly [number, string],
  profileId?: string
) {
  const asked: Array<{ readonly headers: Record<string, unknown>; readonly body: string }> = []
  const server = createServer((request, response) => {
    void text(request).then((said) => {
      asked.push({ headers: request.headers, body: said })
      const [code, words] = (request.method === "GET" ? whenRead : undefined) ?? [status, body]
      response.writeHead(code, { location: "http://169.254.169.254/" }).end(words)
    })
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))),
    () => Effect.promise(() => new Promise((done) => server.close(done).closeAllConnections()))
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const key = Redacted.make("an-api-key-to-hide")
  const service = hyperswitch({ url: `http://127.0.0.1:${port}`, apiKey: key, webhookSecret: key, profileId, patience })
  return { asked, provider: Context.get(yield* Layer.build(service), PaymentProvider) }
})

layer(adapter.pipe(Layer.provideMerge(sandbox)), { excludeTestServices: true })("Hyperswitch", (it) => {
  it.effect("is asked again when it fails, for one and the same payment", () =>
    Effect.gen(function* () {
      yield* whims({ fail_calls: 2, fail_when: "before" })
      assert.strictEqual((yield* create(newKey())).status, "requires_action")
    })
  )

  it.effect("has made the payment when its answer was lost: asking again finds it", () =>
    Effect.gen(function* () {
      const key = newKey()
      yield* whims({ fail_calls: 1, fail_when: "after" })
      const first = yield* create(key)
      assert.deepStrictEqual(yield* create(key), first)
    })
  )

  it.effect("is unavailable when it goes on failing, and the same key still makes one payment later", () =>
    Effect.gen(function* () {
      const key = newKey()
      yield* whims({ fail_calls: 4, fail_when: "after" })
      const error = yield* Effect.flip(create(key))
      assert.strictEqual(error._tag, "PaymentProviderUnavailable")
      assert.strictEqual((yield* create(key)).status, "requires_action")
    })
  )

  it.effect("is unavailable when it takes too long", () =>
    Effect.gen(function* () {
      yield* whims({ answer_delay_ms: 60_000 })
      const { url, settings } = yield* Sandbox
      const hasty = hyperswitch({ ...settings, url, patience: Duration.millis(50) })
      const error = yield* Effect.flip(Effect.provide(create(newKey()), hasty))
      yield* whims({ answer_delay_ms: 0 })
      assert.strictEqual(error._tag, "PaymentProviderUnavailable")
    })
  )

  it.effect("takes payments under the profile that is set, and names none where none is", () =>
    Effect.gen(function* () {
      const profiles = yield* Effect.forEach(["pro_abc", undefined], (profileId) =>
        Effect.gen(function* () {
          const { asked, provider } = yield* stub(503, "", undefined, profileId)
          yield* Effect.exit(provider.create(newKey(), wanted))
          const said: unknown = JSON.parse(asked[0]?.body ?? "{}")
          return typeof said === "object" && said !== null && "profile_id" in said ? said.profile_id : undefined
        })
      )
      assert.deepStrictEqual(profiles, ["pro_abc", undefined])
    })
  )

  it.effect("is unavailable when nobody listens", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("nothing")
      const nobody = hyperswitch({ url: "http://127.0.0.1:1", apiKey: secret, webhookSecret: secret, patience })
      const error = yield* Effect.flip(Effect.provide(create(newKey()), nobody))
      assert.strictEqual(error._tag, "PaymentProviderUnavailable")
    })
  )

  it.effect("says nothing of a payment where it answers what nobody understands, or sends us elsewhere", () =>
    Effect.scoped(
      Effect.gen(function* () {
        for (const [status, body] of [
          [200, "<html>"],
          [200, "{}"],
          [302, ""],
          [401, '{"error":{"code":"IR_01","message":"no"}}']
        ] as const) {
          const { provider } = yield* stub(status, body)
          const error = yield* Effect.flip(provider.read(PaymentId.make("pay_1")))
          assert.strictEqual(error._tag, "PaymentProviderUnavailable")
        }
      })
    )
  )

  it.effect("says nothing where it is busy, or where somebody else answers in its place", () =>
    Effect.scoped(
      Effect.gen(function* () {
        for (const [status, body] of [
          [422, '{"error":{"type":"invalid_request","code":"HE_00","message":"There was an issue"}}'],
          [409, '{"error":{"code":"IR_16","message":"under way"}}'],
          [400, "<html>Bad request</html>"],
          [404, "<html>Not found</html>"],
          [404, '{"error":{"code":"IR_02","message":"Unrecognized request URL"}}']
        ] as const) {
          const { provider } = yield* stub(status, body)
          const refund = { paymentId: PaymentId.make("pay_1"), amount: wanted.amount, reason: "none" }
          const errors = [
            yield* Effect.flip(provider.create(newKey(), wanted)),
            yield* Effect.flip(provider.read(PaymentId.make("pay_1"))),
            yield* Effect.flip(provider.refund("refund:1", refund))
          ]
          assert.deepStrictEqual(
            errors.map(({ _tag }) => _tag),
            Array.from({ length: 3 }, () => "PaymentProviderUnavailable"),
            `${status} ${body}`
          )
        }
      })
    )
  )

  it.effect("made the payment that it refuses to make now: whoever was charged is not told that they were not", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const made = { payment_id: "pay_1", status: "succeeded", amount: 999, currency: "USD" }
        const gone = '{"error":{"code":"HE_02","message":"Payment method does not exist in our records"}}'
        const { provider } = yield* stub(404, gone, [200, JSON.stringify(made)])
        assert.strictEqual((yield* provider.create(newKey(), wanted)).status, "succeeded")
      })
    )
  )

  it.effect("refuses in its own words, which name no key of ours", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { asked, provider } = yield* stub(400, '{"error":{"code":"IR_06","message":"no such currency"}}', unknown)
        const error = yield* Effect.flip(provider.create(newKey(), wanted))
        assert.deepInclude(error, { _tag: "PaymentRefused", code: "IR_06", message: "no such currency" })
        assert.strictEqual(asked[0]?.headers["api-key"], "an-api-key-to-hide")
        assert.notInclude(JSON.stringify(error) + String(error), "an-api-key-to-hide")
        assert.notInclude(asked[0]?.body, "an-api-key-to-hide")
      })
    )
  )
})

layer(sandbox, { excludeTestServices: true })("the payment sandbox", (it) => {
  it.effect("knows after a restart what it knew before, deliveries on their way included", () =>
    Effect.gen(function* () {
      const server = yield* Sandbox
      const { apiKey, webhookSecret } = server.settings
      const at = (url: string) => hyperswitch({ url, apiKey, webhookSecret, patience })
      yield* whims({ hold: true })
      const { id } = yield* Effect.provide(create(newKey()), at(server.url))
      yield* Effect.promise(() => server.control.pay(id, "works"))
      const again = yield* Effect.acquireRelease(
        Effect.promise(() => startPaymentSandbox({ ...server.settings, port: 0 })),
        (other) => Effect.promise(other.stop)
      )
      const found = yield* Effect.provide(
        Effect.flatMap(PaymentProvider, ({ read }) => read(id)),
        at(again.url)
      )
      assert.strictEqual(Option.getOrThrow(found).status, "succeeded")
      yield* Effect.promise(() =>
        fetch(`${again.url}/sandbox/release`, {
          method: "POST",
          headers: { "api-key": Redacted.value(apiKey) },
          body: JSON.stringify({ order: "reversed" })
        })
      )
      yield* Effect.promise(() => server.receiver.delivery(`"${id}"`, '"payment_processing"'))
      const types = server.receiver.taken.map(({ body }) => JSON.parse(Buffer.from(body).toString()).event_type)
      assert.deepStrictEqual(types, ["payment_succeeded", "payment_processing"])
    }).pipe(Effect.scoped)
  )
})
