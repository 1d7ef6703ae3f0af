import type { Fault, Variables } from "./rules.ts"

const needed = ["DISTRIBUTION_SECRET", "DDEX_PARTY_ID"] as const

/** What is wrong between the variables of the way to the stores; `relaxed` in development and test. */
export const distributionFaults = (variables: Variables, relaxed: boolean): ReadonlyArray<Fault> => {
  const chosen = variables["DISTRIBUTOR"]
  if (chosen === "sandbox" && !relaxed) {
    const message = `is sandbox, which is for development and test; it is refused in ${variables["APP_ENV"] ?? ""}`
    return [{ variable: "DISTRIBUTOR", message }]
  }
  if (chosen !== "ddex") return []
  return needed
    .filter((name) => variables[name] === undefined)
    .map((variable) => ({ variable, message: "is required with DISTRIBUTOR=ddex" }))
}
