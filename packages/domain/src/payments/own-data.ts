import { Effect } from "effect"
import { type Eraser, exportedTime, oneRow, type PersonalDataSection } from "../accounts/index.ts"
import { Mandates } from "./mandates.ts"

/** What payments hold of somebody: by what they agreed to be charged. */
export const paymentSections = Effect.map(Mandates, (mandates): ReadonlyArray<PersonalDataSection> => [
  {
    name: "payment_mandate",
    about: "by what you agreed to be charged at renewals; your card itself is known to the payment provider alone",
    columns: ["reference", "payment_id", "agreed_at"],
    rows: oneRow(mandates.of, ({ reference, paymentId, agreedAt }) => ({
      reference,
      payment_id: paymentId,
      agreed_at: exportedTime(agreedAt)
    }))
  }
])

/** Nobody is charged who is gone. */
export const paymentEraser = Effect.map(Mandates, (mandates): Eraser => ({
  atOnce: ({ userId }) => mandates.forget(userId),
  afterwards: () => Effect.void,
  finally: mandates.forget
}))
