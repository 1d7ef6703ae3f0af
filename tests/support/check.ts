import { checks } from "./checks.ts"

let failed = 0
for (const { name, run } of checks) {
  const found = await run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error))
  )
  if (found !== undefined) failed++
  console.log(found === undefined ? `✓ ${name}` : `✗ ${name}\n${found}`)
}
process.exit(failed === 0 ? 0 : 1)
