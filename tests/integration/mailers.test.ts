import { once } from "node:events"
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Redacted } from "effect"
import PostalMime from "postal-mime"
import { SMTPServer } from "smtp-server"
import { folderMailer, smtpMailer } from "@veza/adapters/mail"
import { type Mail, Mailer, MailFailed } from "@veza/domain/platform"

const from = "Veza <no-reply@veza.example>"
const mail: Mail = {
  to: "ada@music.example",
  subject: "Welcome, Ada — vérifie ton adresse ♪",
  text: "Open https://veza.example/verify?token=abc=123\n.\nA line that begins with a dot must survive.",
  html: "<p>Open <a href='https://veza.example/verify?token=abc=123'>this</a> ♪</p>"
}
/** What would add a header, a recipient or a body if line ends got through. */
const forged: Mail = { ...mail, subject: "Hello\r\nBcc: eve@evil.example\n\nForged\u0000 body" }
const forgedRecipients = [
  "ada@music.example, eve@evil.example",
  "ada@music.example\r\nBcc: eve@evil.example",
  "Ada <ada@music.example>",
  "ada@music.example>\nRCPT TO:<eve@evil.example",
  "two words@music.example",
  "ada@",
  ""
]

const send = (one: Mail) => Effect.flatMap(Mailer, (mailer) => mailer.send(one))

const expectSame = async (raw: Buffer | string): Promise<void> => {
  const parsed = await PostalMime.parse(raw)
  expect(parsed.from).toEqual({ name: "Veza", address: "no-reply@veza.example" })
  expect(parsed.to).toEqual([{ name: "", address: mail.to }])
  expect(parsed.subject).toBe(mail.subject)
  expect(parsed.text?.trim()).toBe(mail.text)
  expect(parsed.html?.trim()).toBe(mail.html)
}

const expectHarmless = async (raw: Buffer | string): Promise<void> => {
  const parsed = await PostalMime.parse(raw)
  expect(parsed.bcc).toBeUndefined()
  expect(parsed.headers.map(({ key }) => key)).not.toContain("bcc")
  expect(parsed.subject).toBe("Hello Bcc: eve@evil.example Forged body")
  expect(parsed.text?.trim()).toBe(mail.text)
}

describe("mail in a folder", () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "veza-mail-"))
  })
  afterAll(() => rm(dir, { recursive: true }))

  const written = async (folder: string) => {
    const names = await readdir(folder)
    return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(folder, name)) })))
  }

  it.live("is a whole message that only its owner can read, and one line in the log", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ message }) => void lines.push(message))
    const folder = join(dir, "made", "when missing")
    return Effect.gen(function* () {
      yield* send(mail)
      yield* Effect.promise(async () => {
        const [file, ...others] = await written(folder)
        if (file === undefined) throw new Error("No mail was written.")
        expect(others).toEqual([])
        expect(file.name).toMatch(/^\d{8}T\d{6}\.\d{3}Z\.[0-9a-f]{6}-ada@music\.example\.eml$/)
        expect((await stat(join(folder, file.name))).mode & 0o777).toBe(0o600)
        expect(file.content.toString().replaceAll("\r\n", "")).not.toContain("\n")
        await expectSame(file.content)
        expect(lines).toEqual([
          ["mail written", { domain: "music.example", subject: mail.subject, file: join(folder, file.name) }]
        ])
      })
    }).pipe(Effect.provide(folderMailer({ dir: folder, from })), Effect.provide(Logger.layer([logger])))
  })

  it.live("keeps every one of many mails to one recipient", () => {
    const folder = join(dir, "many")
    return Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 50 }), () => send(mail), { concurrency: "unbounded", discard: true })
      expect(yield* Effect.promise(() => readdir(folder))).toHaveLength(50)
    }).pipe(Effect.provide(folderMailer({ dir: folder, from })), Effect.provide(Logger.layer([])))
  })

  it.live("cannot be made to carry other headers, recipients or paths", () => {
    const folder = join(dir, "forged")
    return Effect.gen(function* () {
      yield* send(forged)
      for (const to of forgedRecipients)
        expect(yield* Effect.flip(send({ ...mail, to })), to).toBeInstanceOf(MailFailed)
      yield* send({ ...mail, to: "../../escape/../me@music.example" })
      const files = yield* Effect.promise(() => written(folder))
      expect(files).toHaveLength(2)
      const file = files.find(({ name }) => name.endsWith("-ada@music.example.eml"))
      yield* Effect.promise(() => expectHarmless(file?.content ?? ""))
    }).pipe(Effect.provide(folderMailer({ dir: folder, from })), Effect.provide(Logger.layer([])))
  })

  it.live("fails when the folder cannot be written", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(send(mail))
      expect(error.message).toBe("The mail could not be written to /dev/null/mail: check that it is writable.")
    }).pipe(Effect.provide(folderMailer({ dir: "/dev/null/mail", from })))
  )
})

describe("mail over SMTP", () => {
  const received: Array<{ readonly recipients: ReadonlyArray<string>; readonly raw: Buffer }> = []
  let connections = 0
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onConnect: (_session, done) => {
      connections++
      done()
    },
    onAuth: ({ username, password }, _session, done) =>
      username === "veza" && password === "right-word"
        ? done(null, { user: username })
        : done(new Error(`wrong: ${password}`)),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith("nobody") ? done(Object.assign(new Error(`no ${address}`), { responseCode: 550 })) : done(),
    onData: (stream, session, done) => {
      const chunks: Array<Buffer> = []
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.on("end", () => {
        received.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks) })
        done()
      })
    }
  })
  let url = ""

  beforeAll(async () => {
    server.on("error", () => undefined)
    await once(server.listen(0, "127.0.0.1"), "listening")
    const address = server.server.address()
    if (address === null || typeof address === "string") throw new Error("The mail server has no port.")
    url = `smtp://veza:right-word@127.0.0.1:${address.port}`
  })
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

  const over = (to = url) => smtpMailer({ url: Redacted.make(to), from })

  it.live("arrives as it was written, over few connections", () =>
    Effect.gen(function* () {
      received.length = 0
      connections = 0
      yield* Effect.forEach(Array.from({ length: 20 }), () => send(mail), { concurrency: 8, discard: true })
      expect(received).toHaveLength(20)
      expect(connections).toBeLessThanOrEqual(4)
      expect(received[0]?.recipients).toEqual([mail.to])
      yield* Effect.promise(() => expectSame(received[0]?.raw ?? ""))
    }).pipe(Effect.provide(over()))
  )

  it.live("cannot be made to carry other headers or recipients", () =>
    Effect.gen(function* () {
      received.length = 0
      yield* send(forged)
      for (const to of forgedRecipients)
        expect(yield* Effect.flip(send({ ...mail, to })), to).toBeInstanceOf(MailFailed)
      expect(received.map(({ recipients }) => recipients)).toEqual([[mail.to]])
      yield* Effect.promise(() => expectHarmless(received[0]?.raw ?? ""))
    }).pipe(Effect.provide(over()))
  )

  it.live("fails with the server's code when it is refused, and the next one still goes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(send({ ...mail, to: "nobody@music.example" }))
      expect(error).toBeInstanceOf(MailFailed)
      expect(error.message).toBe("The mail could not be handed to the mail server (the server answered 550).")
      yield* send(mail)
    }).pipe(Effect.provide(over()))
  )

  it.live("fails without showing credentials when they are wrong", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(send(mail))
      expect(error.message).toMatch(/the server answered 535/)
      expect(JSON.stringify(error)).not.toMatch(/secret-word|veza/)
    }).pipe(Effect.provide(over(url.replace("right-word", "secret-word"))))
  )

  it.live("fails when no server is there, or what is there is none", () =>
    Effect.gen(function* () {
      const absent = yield* Effect.flip(send(mail).pipe(Effect.provide(over("smtp://127.0.0.1:1"))))
      expect(absent.message).toMatch(/\((ECONNREFUSED|ESOCKET|ECONNECTION)\)/)
      const hanging = createServer((socket) => socket.on("error", () => undefined).end())
      yield* Effect.promise(() => once(hanging.listen(0, "127.0.0.1"), "listening"))
      const address = hanging.address()
      const port = typeof address === "object" ? address?.port : undefined
      const closed = yield* Effect.flip(send(mail).pipe(Effect.provide(over(`smtp://127.0.0.1:${port}`))))
      expect(closed).toBeInstanceOf(MailFailed)
      hanging.close()
    })
  )
})
