import { defineConfig } from "vitest/config"

const sources = ["source", "node"]

export default defineConfig({
  resolve: { conditions: sources },
  ssr: { resolve: { conditions: sources } },
  test: {
    root: import.meta.dirname,
    include: ["{contracts,properties,scenarios,integration,e2e,house}/**/*.test.ts"],
    pool: "forks",
    isolate: false,
    silent: "passed-only",
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 180_000,
    expect: { requireAssertions: false }
  }
})
