import type { Fault, Variables } from "./rules.ts"

const halves = ["HYPERSWITCH_API_KEY", "HYPERSWITCH_WEBHOOK_SECRET"] as const
/** Where Hyperswitch lets its API be tried: nothing that is paid there was paid. */
const hyperswitchSandbox = "sandbox.hyperswitch.io"

/** What is wrong between the variables of the payment provider; `relaxed` in development and test. */
export const paymentFaults = (variables: Variables, relaxed: boolean): ReadonlyArray<Fault> => {
  const chosen = variables["PAYMENT_PROVIDER"]
  const url = variables["HYPERSWITCH_URL"]
  const isBegun = chosen === "hyperswitch" || halves.some((name) => variables[name] !== undefined)
  const faults: Array<Fault> = halves
    .filter((name) => isBegun && variables[name] === undefined)
    .map((variable) => ({ variable, message: "is required with Hyperswitch" }))
  if (relaxed) return faults
  if (chosen === "sandbox") {
    faults.push({
      variable: "PAYMENT_PROVIDER",
      message: `is sandbox, which is for development and test; it is refused in ${variables["APP_ENV"] ?? ""}`
    })
  }
  if (url !== undefined && !url.startsWith("https://")) {
    faults.push({ variable: "HYPERSWITCH_URL", message: "must begin with https://" })
  }
  if (variables["APP_ENV"] === "production" && url !== undefined && URL.canParse(url)) {
    if (new URL(url).hostname === hyperswitchSandbox) {
      faults.push({ variable: "HYPERSWITCH_URL", message: "is Hyperswitch's sandbox, where no money moves" })
    }
  }
  return faults
}
