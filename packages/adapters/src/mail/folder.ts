import { randomBytes } from "node:crypto"
import { mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { createTransport } from "nodemailer"
import { DateTime, Effect, Layer } from "effect"
import { Mailer, MailFailed } from "@veza/domain/platform"
import { recipientDomain, toMessage } from "./message.ts"

export interface FolderMailSettings {
  /** Made when it is missing. */
  readonly dir: string
  /** The sender: an address, or `Name <address>`. */
  readonly from: string
}

/** `<time>-<to>.eml`; the time ends in random digits, because two processes may write within one millisecond. */
const fileName = (to: string, at: DateTime.Utc): string => {
  const time = DateTime.formatIso(at).replace(/[-:]/g, "")
  return `${time}.${randomBytes(3).toString("hex")}-${to.replace(/[^A-Za-z0-9.@_+-]/g, "_").slice(0, 100)}.eml`
}

/** Writes a file that is there in full or not at all. */
const writeWhole = async (dir: string, name: string, content: Buffer): Promise<string> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, name)
  const partial = `${path}.part`
  try {
    const file = await open(partial, "wx", 0o600)
    await file.writeFile(content).finally(() => file.close())
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return path
}

const contentOf = (message: unknown): Buffer => {
  if (Buffer.isBuffer(message)) return message
  throw new TypeError("The mail was not composed into a buffer.")
}

/** Writes every mail as a file that only its owner can read, instead of sending it. */
export const folderMailer = ({ dir, from }: FolderMailSettings): Layer.Layer<Mailer> =>
  Layer.sync(Mailer, () => {
    const composer = createTransport({ streamTransport: true, buffer: true, newline: "windows" })
    return Mailer.of({
      send: Effect.fnUntraced(function* (mail) {
        const message = yield* toMessage(from, mail)
        const name = fileName(mail.to, yield* DateTime.now)
        const file = yield* Effect.tryPromise({
          try: async () => writeWhole(dir, name, contentOf((await composer.sendMail(message)).message)),
          catch: () =>
            new MailFailed({ message: `The mail could not be written to ${dir}: check that it is writable.` })
        })
        yield* Effect.logInfo("mail written", { domain: recipientDomain(mail.to), subject: message.subject, file })
      })
    })
  })
