import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createWriteStream, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { programs } from "../../support/programs.ts"
import { residentBytes } from "../support/proc.ts"
import type { Row } from "../support/row.ts"

const sizes = { few: 250_000, many: 1_000_000 }
const recordings = 5_000
const sampleEvery = 50
const wanted = 64
/** MB that the process may keep of JavaScript's objects; one that kept what it read would need many times that. */
const heap = 96
const mega = 1e6

const stores = ["Spotify", "Apple Music", "Deezer", "Amazon", "Tidal"]
const countries = ["US", "DE", "FR", "GB", "JP", "BR", "SE", "MX", "IN", "CA"]
const header =
  "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\tCountry of Sale\tEarnings (USD)\n"

const lineOf = (n: number): string => {
  const isrc = `QZLOD26${String(n % recordings).padStart(5, "0")}`
  const month = n % 7 === 0 ? "2025-10" : "2025-11"
  const [store = "", country = ""] = [stores[n % stores.length], countries[(n >> 3) % countries.length]]
  const earned = `0.00${(n * 7919) % 10_000_000}`
  return `2026-01-15\t${month}\t${store}\tAn artist\tA song, ${n % recordings}\t${isrc}\t\t${(n % 90) + 1}\t100\tSong\t${country}\t${earned}\n`
}

function* statement(lines: number): Generator<string> {
  yield header
  for (let from = 0; from < lines; from += 1000) {
    let text = ""
    for (let n = from; n < from + 1000; n++) text += lineOf(n)
    yield text
  }
}

const writeStatement = async (folder: string, lines: number): Promise<string> => {
  const file = join(folder, `statement-${lines}.tsv`)
  await pipeline(Readable.from(statement(lines)), createWriteStream(file))
  return file
}

/** Imports a file by the command, which does what a worker does; answers seconds and the most memory it held. */
const importFile = async (file: string, env: Readonly<Record<string, string>>) => {
  const begun = performance.now()
  // With a small heap: what is measured is what an import needs, not how late garbage is collected.
  const args = [
    ...process.execArgv,
    `--max-old-space-size=${heap}`,
    programs.veza,
    "royalties",
    "import",
    file,
    "--json"
  ]
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let [output, errors, peak] = ["", "", 0]
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const ended = once(child, "exit")
  const sampler = setInterval(() => {
    const held = child.pid === undefined || child.exitCode !== null ? 0 : residentBytes(child.pid)
    // Of a process that has just ended there is no number.
    if (held > peak) peak = held
  }, sampleEvery)
  const [code]: ReadonlyArray<unknown> = await ended.finally(() => clearInterval(sampler))
  if (code !== 0 || !output.includes('"imported"'))
    throw new Error(`The import failed: ${output.slice(0, 500)}${errors}`)
  return { seconds: (performance.now() - begun) / 1000, peak }
}

/** A statement of a million lines: how fast it is imported, and how much more memory that takes than a quarter of it. */
export const royalties: Row = async (world) => {
  const env = {
    APP_ENV: "production",
    VEZA_HOME: join(world.folder, "home"),
    UPLOAD_DIR: world.uploads,
    DATABASE_URL: world.databaseUrl,
    JWT_SECRET: randomBytes(32).toString("hex"),
    CORS_ALLOWED_ORIGINS: "https://veza.example"
  }
  const files = {
    few: await writeStatement(world.folder, sizes.few),
    many: await writeStatement(world.folder, sizes.many)
  }
  const size = statSync(files.many).size
  const few = await importFile(files.few, env)
  const many = await importFile(files.many, env)
  for (const file of Object.values(files)) rmSync(file)
  const growth = (many.peak - few.peak) / mega
  return {
    title: `veza royalties import of ${sizes.many} lines, ${(size / mega).toFixed(0)} MB`,
    lines: [
      `${many.seconds.toFixed(1)} s, ${Math.round(sizes.many / many.seconds)} lines/s, database included`,
      `memory with a heap of ${heap} MB: ${(few.peak / mega).toFixed(0)} MB for ${sizes.few} lines, growth ${growth.toFixed(0)} MB`
    ],
    goals: [{ text: `growth < ${wanted} MB`, met: growth < wanted }],
    data: { few, many, size, lines: sizes }
  }
}
