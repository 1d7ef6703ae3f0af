import { describe, it } from "vitest"
import { checks } from "../support/checks.ts"

describe("the house", () => {
  it.each(checks.map((check) => [check.name, check] as const))(
    "passes: %s",
    async (_name, check) => {
      await check.run()
    },
    120_000
  )
})
