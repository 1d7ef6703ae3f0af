import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Logger } from "effect"
import { type ClamavSettings, clamavScanner, pingClamav, seesEicarAtEndOf } from "@veza/adapters/clamav"
import { Scanner, ScannerUnavailable, type ScanSession } from "@veza/domain/tracks"
import { eicar, eicarSignature, type PrivateService, startPrivate } from "../support/services/index.ts"

const mebi = 1024 * 1024
/** Milliseconds that only a missing time limit would exceed. */
const bounded = 10_000

const shared = () => {
  const [host, port] = (process.env["CLAMAV_ADDRESS"] ?? "").split(":")
  if (host === undefined || port === undefined)
    throw new Error("CLAMAV_ADDRESS is not set: run the tests with `pnpm test`.")
  return { host, port: Number(port) }
}

const withSession = <A, E>(
  use: (session: ScanSession) => Effect.Effect<A, E>,
  settings: Partial<ClamavSettings> = {}
) =>
  Effect.flatMap(Scanner, (scanner) => Effect.flatMap(scanner.open, use)).pipe(
    Effect.scoped,
    Effect.provide(clamavScanner({ ...shared(), required: true, timeout: Duration.seconds(10), ...settings }))
  )

const scan = (chunks: Iterable<Uint8Array>, settings: Partial<ClamavSettings> = {}) =>
  withSession(
    (session) => Effect.andThen(Effect.forEach(chunks, session.write, { discard: true }), session.verdict),
    settings
  )

function* filler(bytes: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(mebi, "music ")
  for (let left = bytes; left > 0; left -= mebi) yield piece.subarray(0, left)
}

const infected = { _tag: "Infected", signature: eicarSignature }
const virus = Buffer.from(eicar)

describe("the clamd scanner", () => {
  it.live("passes what is clean, an empty file too", () =>
    Effect.gen(function* () {
      expect(yield* scan([Buffer.from("music")])).toEqual({ _tag: "Clean" })
      expect(yield* scan([])).toEqual({ _tag: "Clean" })
      expect(yield* scan(filler(3 * mebi + 17))).toEqual({ _tag: "Clean" })
    })
  )

  it.live("finds a virus at the start, in the middle, at the end and across chunks", () =>
    Effect.gen(function* () {
      expect(yield* scan([virus, ...filler(mebi)])).toEqual(infected)
      expect(yield* scan([...filler(mebi), virus, ...filler(mebi)])).toEqual(infected)
      expect(yield* scan([...filler(mebi), virus])).toEqual(infected)
      expect(yield* scan([virus.subarray(0, 30), virus.subarray(30)])).toEqual(infected)
    })
  )

  it.live("finds a virus in the last bytes of 128 MiB, in constant memory", () =>
    Effect.gen(function* () {
      const before = process.memoryUsage().rss
      let highest = 0
      const verdict = yield* withSession((session) =>
        Effect.gen(function* () {
          for (const chunk of filler(128 * mebi)) {
            yield* session.write(chunk)
            highest = Math.max(highest, process.memoryUsage().rss)
          }
          yield* session.write(virus)
          return yield* session.verdict
        })
      )
      expect(verdict).toEqual(infected)
      expect(highest - before).toBeLessThan(48 * mebi)
    })
  )

  it.live("scans side by side", () =>
    Effect.gen(function* () {
      const files = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? [virus] : [...filler(1000)]))
      const verdicts = yield* Effect.forEach(files, (file) => scan(file), { concurrency: "unbounded" })
      expect(verdicts.map(({ _tag }) => _tag)).toEqual(
        files.map((_, index) => (index % 2 === 0 ? "Infected" : "Clean"))
      )
    })
  )

  it.live("tells the operator whether clamd is there and sees the end of large files", () =>
    Effect.gen(function* () {
      yield* pingClamav(shared())
      expect(yield* seesEicarAtEndOf(shared(), 0)).toBe(true)
      expect(yield* seesEicarAtEndOf(shared(), 110 * mebi)).toBe(true)
    })
  )

  it.live("tells the operator when the limits of clamd do not reach far enough", () =>
    Effect.gen(function* () {
      const small = yield* Effect.acquireRelease(
        Effect.promise(() => startPrivate("clamd", { clamdLimit: "20M" })),
        ({ dispose }) => Effect.promise(dispose)
      )
      const address = { host: "127.0.0.1", port: small.service.port }
      expect(yield* seesEicarAtEndOf(address, 19 * mebi)).toBe(true)
      const beyond = yield* Effect.flip(seesEicarAtEndOf(address, 21 * mebi))
      expect(beyond.message).toMatch(/raise StreamMaxLength|The connection to clamd failed/)
    })
  )
})

describe("a clamd that fails", () => {
  let own: PrivateService

  beforeAll(async () => {
    own = await startPrivate("clamd")
  })
  afterAll(() => own.dispose())

  const settings = () => ({ host: "127.0.0.1", port: own.service.port, timeout: Duration.millis(300) })
  const unavailable = <R>(run: Effect.Effect<unknown, ScannerUnavailable, R>) =>
    Effect.map(Effect.timed(Effect.flip(run)), ([took, error]) => {
      expect(error).toBeInstanceOf(ScannerUnavailable)
      expect(error.retryAfter).toBeGreaterThan(0)
      return Duration.toMillis(took)
    })

  it.live("is given up in bounded time when it is paused, for small and for large files", () =>
    Effect.gen(function* () {
      own.service.pause()
      expect(yield* unavailable(scan([virus], settings()))).toBeLessThan(bounded)
      expect(yield* unavailable(scan(filler(64 * mebi), settings()))).toBeLessThan(bounded)
      own.service.resume()
      expect(yield* scan([virus], { ...settings(), timeout: Duration.seconds(5) })).toEqual(infected)
    })
  )

  it.live("is told of once, however much there is to scan, and again when it is back", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        const [text] = [message].flat()
        lines.push(`${logLevel} ${String(text)}`)
      })
      yield* Effect.promise(() => own.service.stop())
      const opened = Effect.flatMap(Scanner, (scanner) => Effect.scoped(scanner.open))
      yield* Effect.gen(function* () {
        for (let n = 0; n < 3; n++) expect(yield* unavailable(opened)).toBeLessThan(bounded)
        yield* Effect.promise(() => own.service.start())
        yield* opened
        yield* opened
      }).pipe(
        Effect.provide(clamavScanner({ ...settings(), required: false, timeout: Duration.seconds(5) })),
        Effect.provide(Logger.layer([logger]))
      )
      expect(lines).toEqual(["Warn the virus scanner does not answer", "Info the virus scanner answers again"])
    })
  )

  it.live("is given up when it is killed while a file is sent", () =>
    Effect.gen(function* () {
      const run = withSession(
        (session) =>
          Effect.gen(function* () {
            yield* session.write(Buffer.from("music"))
            yield* Effect.promise(() => own.service.crash())
            for (const chunk of filler(8 * mebi)) yield* session.write(chunk)
            return yield* session.verdict
          }),
        settings()
      )
      expect(yield* unavailable(run)).toBeLessThan(bounded)
      expect(yield* unavailable(scan([virus], settings()))).toBeLessThan(bounded)
      yield* Effect.promise(() => own.service.start())
      expect(yield* scan([virus], { ...settings(), timeout: Duration.seconds(5) })).toEqual(infected)
    })
  )
})

describe("an answer that clamd gives", () => {
  const servers: Array<Server> = []
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const scripted = (onBytes: (socket: Socket) => void) =>
    Effect.promise(async () => {
      const server = createServer((socket) => {
        socket.on("error", () => undefined)
        socket.once("data", () => onBytes(socket))
      })
      servers.push(server)
      await once(server.listen(0, "127.0.0.1"), "listening")
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("The test server has no port.")
      return { host: "127.0.0.1", port: address.port, timeout: Duration.seconds(2) }
    })
  const answering = (reply: string) => scripted((socket) => socket.resume().end(`${reply}\0`))

  it.live("before the file is sent stays valid, and the rest is not sent", () =>
    Effect.gen(function* () {
      const settings = yield* answering("stream: Early.Bird FOUND")
      const verdict = yield* withSession(
        (session) =>
          Effect.gen(function* () {
            yield* session.write(Buffer.from("music"))
            yield* Effect.sleep("50 millis")
            for (const chunk of filler(8 * mebi)) yield* session.write(chunk)
            return yield* session.verdict
          }),
        settings
      )
      expect(verdict).toEqual({ _tag: "Infected", signature: "Early.Bird" })
    })
  )

  it.live("and that judges nothing is neither clean nor infected", () =>
    Effect.gen(function* () {
      for (const reply of [
        "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
        "INSTREAM size limit exceeded. ERROR",
        "stream: Can't allocate memory ERROR",
        "",
        "stream: OK or not"
      ]) {
        const error = yield* Effect.flip(scan([virus], yield* answering(reply)))
        expect(error, reply).toBeInstanceOf(ScannerUnavailable)
      }
    })
  )

  it.live("and that is cut off, endless or missing is none", () =>
    Effect.gen(function* () {
      const cut = yield* scripted((socket) => socket.end("stream: O"))
      const endless = yield* scripted((socket) => socket.write("x".repeat(10_000)))
      const missing = yield* scripted((socket) => socket.resume())
      for (const settings of [cut, endless, missing]) {
        expect(yield* Effect.flip(scan([virus], settings))).toBeInstanceOf(ScannerUnavailable)
      }
    })
  )
})
