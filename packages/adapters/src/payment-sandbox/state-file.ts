import { existsSync, readFileSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { Option, Schema } from "effect"

const text = Schema.NullOr(Schema.String)
const amount = Schema.Int

const StoredPayment = Schema.Struct({
  payment_id: Schema.String,
  status: Schema.Literals(["requires_payment_method", "succeeded", "failed", "cancelled"]),
  amount,
  amount_received: Schema.NullOr(amount),
  currency: Schema.String,
  customer_id: text,
  description: text,
  setup_future_usage: text,
  return_url: text,
  client_secret: Schema.String,
  metadata: Schema.Unknown,
  payment_method_id: text,
  error_code: text,
  error_message: text,
  created: Schema.String
})
const StoredRefund = Schema.Struct({
  refund_id: Schema.String,
  payment_id: Schema.String,
  status: Schema.Literal("succeeded"),
  amount,
  currency: Schema.String,
  reason: text
})
const StoredParcel = Schema.Struct({
  event: Schema.Struct({
    event_id: Schema.String,
    event_type: Schema.String,
    content: Schema.Struct({ type: Schema.String, object: Schema.Record(Schema.String, Schema.Unknown) }),
    timestamp: Schema.String
  }),
  attempts: amount,
  dueAt: Schema.Finite,
  held: Schema.Boolean
})
const Stored = Schema.Struct({
  payments: Schema.Array(StoredPayment),
  refunds: Schema.Array(StoredRefund),
  parcels: Schema.Array(StoredParcel)
})
export type Stored = typeof Stored.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Stored))
const nothing: Stored = { payments: [], refunds: [], parcels: [] }

/** What was written before; a file that is missing or of another version counts as none. */
export const readStored = (path: string): Stored =>
  existsSync(path) ? Option.getOrElse(decode(readFileSync(path, "utf8")), () => nothing) : nothing

/** Writes the state whole and at once, never two writes beside each other, and the last state last. */
export const stateWriter = (path: string, state: () => object) => {
  let last = Promise.resolve()
  const write = async (): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const draft = `${path}.draft`
    await writeFile(draft, JSON.stringify(state()), { mode: 0o600 })
    await rename(draft, path)
  }
  return {
    /** The state as it is now is on the disk. */
    written: (): Promise<void> => {
      last = last.then(write, write)
      return last
    }
  }
}
