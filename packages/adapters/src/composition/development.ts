import { randomBytes } from "node:crypto"
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Data, Effect, Redacted } from "effect"
import { ensureServer } from "../embedded-postgres.ts"

/** The folder of the embedded defaults cannot be used; the message is for whoever started the product. */
export class HomeUnusable extends Data.TaggedError("HomeUnusable")<{ readonly message: string }> {}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The server that comes with the npm packages, started when nobody has yet; shared by every process of this folder. */
export const embeddedDatabaseUrl = (home: string): Effect.Effect<Redacted.Redacted<string>, HomeUnusable> =>
  Effect.tryPromise({
    try: () => ensureServer(join(resolve(home), "pg")),
    catch: (error) => new HomeUnusable({ message: messageOf(error) })
  }).pipe(Effect.map(({ url }) => Redacted.make(url)))

/** Writes the secret once however many processes start together: the first link wins. */
const createSecret = async (path: string): Promise<void> => {
  const draft = `${path}.${randomBytes(6).toString("hex")}`
  await writeFile(draft, randomBytes(32).toString("hex"), { mode: 0o600 })
  try {
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  } finally {
    await rm(draft, { force: true })
  }
}

const readOrCreate = async (home: string): Promise<string> => {
  const path = join(home, "secret")
  await mkdir(home, { recursive: true, mode: 0o700 })
  await createSecret(path)
  return readFile(path, "utf8")
}

/** Development's own JWT secret: random, kept in the folder, the same for every process. */
export const developmentSecret = (home: string): Effect.Effect<Redacted.Redacted<string>, HomeUnusable> =>
  Effect.tryPromise({
    try: () => readOrCreate(resolve(home)),
    catch: (error) => new HomeUnusable({ message: `The folder ${resolve(home)} cannot be used: ${messageOf(error)}.` })
  }).pipe(Effect.map((secret) => Redacted.make(secret)))
