import { spawnSync } from "node:child_process"
import { leaveServerCore } from "./support/cores.ts"
import { readOptions, usage } from "./support/options.ts"
import type { Report, Row } from "./support/row.ts"
import { renderRow, tableHead } from "./support/table.ts"
import { programOf, provideTools } from "./support/tools.ts"
import { makeWorld } from "./support/world.ts"
import { meByBearer, meByCookie, meByKey, meWithRedis } from "./rows/auth-me.ts"
import { deepPage } from "./rows/deep-page.ts"
import { enumeration } from "./rows/enumeration.ts"
import { loginFlood } from "./rows/login-flood.ts"
import { plays } from "./rows/plays.ts"
import { resumable } from "./rows/resumable.ts"
import { ranges } from "./rows/ranges.ts"
import { royalties } from "./rows/royalties.ts"
import { track, trackSignedIn } from "./rows/track.ts"
import { upload } from "./rows/upload.ts"

// The uploads come first: their memory is measured on a server that has done nothing else yet.
const rows: Readonly<Record<string, Row>> = {
  upload,
  resumable,
  "me-bearer": meByBearer,
  "me-cookie": meByCookie,
  "me-key": meByKey,
  "me-redis": meWithRedis,
  track,
  "track-signed-in": trackSignedIn,
  ranges,
  "deep-page": deepPage,
  plays,
  royalties,
  "login-flood": loginFlood,
  enumeration
}

const options = readOptions(process.argv.slice(2))
const unknown = options.rows.filter((name) => !(name in rows))
if (options.help || unknown.length > 0) {
  const fault = unknown.length > 0 ? `There is no row ${unknown.join(", ")}.\n` : ""
  process.stderr.write(`${fault}${usage}\nRows: ${Object.keys(rows).join(", ")}\n`)
  process.exit(options.help ? 0 : 64)
}

/** One row that cannot be measured does not keep the others from it. */
const notMeasured =
  (name: string) =>
  (error: unknown): Report => {
    const text = `could not be measured (${error instanceof Error ? error.message : String(error)})`
    return { title: name, lines: [], goals: [{ text, met: false }], data: null }
  }

leaveServerCore()
await provideTools()
const say = (text: string): void => {
  if (!options.json) process.stdout.write(`${text}\n`)
}
const reports: Record<string, Report> = {}
const world = await makeWorld(options)
const interrupted = () => void world.stop().finally(() => process.exit(130))
process.once("SIGINT", interrupted).once("SIGTERM", interrupted)
try {
  const generator = programOf("wrk") === undefined ? "autocannon" : "wrk"
  say(`Medians of ${options.rounds} rounds of ${options.seconds} s, in turns; server on core 0, ${generator} on core 1`)
  say(tableHead())
  for (const [name, row] of Object.entries(rows)) {
    if (options.rows.length > 0 && !options.rows.includes(name)) continue
    // What earlier rows wrote is on the disk before the next one is measured.
    spawnSync("sync")
    const report = await row(world, options).catch(notMeasured(name))
    reports[name] = report
    say(`${renderRow(report)}\n`)
  }
} finally {
  await world.stop()
}
if (options.json) process.stdout.write(`${JSON.stringify(reports, undefined, 2)}\n`)
