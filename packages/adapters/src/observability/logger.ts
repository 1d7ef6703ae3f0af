import { Cause, type Context, Logger, References, type LogLevel } from "effect"
import { type Level, type Logger as Pino, pino } from "pino"
import { PinoPretty } from "pino-pretty"
import { GatheredLines } from "./gathered-lines.ts"
import { allowJsonLines } from "./request-log.ts"

const levels: Record<LogLevel.LogLevel, Level> = {
  All: "trace",
  Trace: "trace",
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
  Fatal: "fatal",
  None: "fatal"
}

/** Names under which a secret may slip into a log line; their values never get there. */
const secretNames = new Set([
  "password",
  "token",
  "secret",
  "authorization",
  "cookie",
  "access_token",
  "refresh_token",
  "code"
])
const censored = "[redacted]"

/** A copy that can be changed; that of an error still is one, with its message and stack. */
const copyOf = (fields: Record<string, unknown>): Record<string, unknown> => {
  const base: object = fields instanceof Error ? Object.create(fields) : {}
  return Object.assign(base, fields)
}

/** pino's own redaction walks every path on every line, which costs more than the rest of the line. */
const withoutSecrets = (fields: Record<string, unknown>, depth = 0): Record<string, unknown> => {
  let clean: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(fields)) {
    const shown = censor(name, value, depth)
    if (shown !== value) (clean ??= copyOf(fields))[name] = shown
  }
  return clean ?? fields
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const censor = (name: string, value: unknown, depth: number): unknown => {
  if (value === undefined) return value
  if (secretNames.has(name)) return censored
  return depth === 0 && isRecord(value) ? withoutSecrets(value, 1) : value
}

/** The time as pino wants it, made once a millisecond however many lines share it. */
const isoTime = () => {
  let at = 0
  let text = ""
  return (): string => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}

const readable = () =>
  PinoPretty({
    ignore: "pid,hostname,process",
    translateTime: "SYS:HH:MM:ss.l",
    sync: true,
    singleLine: true,
    messageFormat: `{process}: {msg}`
  })

/**
 * The one pino of this process. Readable lines, in development, and whatever is worth a line of its own go to standard
 * output at once; the JSON lines of requests are gathered for half a second at most. Whoever ends the process flushes.
 */
export const makePino = (options: {
  readonly level: string
  readonly pretty: boolean
  readonly process: string
}): Pino => {
  const time = isoTime()
  const settings = {
    level: options.level.toLowerCase(),
    base: { process: options.process },
    timestamp: time,
    formatters: { level: (label: string) => ({ level: label }), log: withoutSecrets }
  }
  if (options.pretty) return pino(settings, readable())
  const output = pino.destination({ sync: true })
  const gathered = new GatheredLines((text) => output.write(text))
  const log = pino(settings, {
    write: (line) => {
      gathered.flush()
      output.write(line)
    },
    // What pino calls when it is flushed.
    ...{ flush: () => gathered.flush() }
  })
  const origin = `,"process":${JSON.stringify(options.process)},`
  allowJsonLines(log, (level, fields) => gathered.add(`{"level":"${level}"${time()}${origin}${fields}}\n`))
  return log
}

const isFields = (part: unknown): part is object =>
  typeof part === "object" && part !== null && !(part instanceof Error)

/** What else a line tells, from the services of the fiber that wrote it. */
export type LogContext = (services: Context.Context<never>) => Readonly<Record<string, unknown>>

/** Carries Effect's log lines, with their annotations and causes, into pino. */
export const pinoLogger = (log: Pino, about: LogContext) =>
  Logger.make<unknown, void>(({ logLevel, message, cause, fiber }) => {
    const parts = Array.isArray(message) ? message : [message]
    const fields = {
      ...about(fiber.context),
      ...fiber.getRef(References.CurrentLogAnnotations),
      ...(cause.reasons.length > 0 ? { error: Cause.pretty(cause) } : {}),
      ...Object.assign({}, ...parts.filter(isFields))
    }
    log[levels[logLevel]](
      fields,
      parts
        .filter((part) => !isFields(part))
        .map(String)
        .join(" ")
    )
  })
