import { readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import { Data, Effect, Layer, Schema, SchemaIssue } from "effect"
import { isMissing } from "../storage/file-cache.ts"
import { keyFileFaults } from "./key-file-faults.ts"
import { crossFaults, type Fault, settle, type Variables } from "./rules.ts"
import { Environment } from "./schema.ts"
import { AppSettings } from "./settings.ts"

/** The configuration cannot be used. Hosts print every fault and exit 78 (EX_CONFIG, sysexits.h). */
export class InvalidConfiguration extends Data.TaggedError("InvalidConfiguration")<{
  readonly faults: ReadonlyArray<Fault>
}> {
  override get message(): string {
    return [
      `The configuration has ${this.faults.length === 1 ? "a fault" : `${this.faults.length} faults`}; nothing was started:`,
      ...this.faults.map(({ variable, message }) => `  ${variable} ${message}`)
    ].join("\n")
  }
}

export const configurationExitCode = 78

const envFile = (path: string): Variables => {
  try {
    return parseEnv(readFileSync(path, "utf8"))
  } catch (error) {
    if (isMissing(error)) return {}
    throw error
  }
}

const aliases: Record<string, string> = { dev: "development" }

/** `ENVIRONMENT` is a deprecated alias of `APP_ENV`; the two may not disagree. */
const withAlias = (variables: Variables): { readonly variables: Variables; readonly faults: ReadonlyArray<Fault> } => {
  const alias = variables["ENVIRONMENT"]
  if (alias === undefined || alias === "") return { variables, faults: [] }
  const meant = aliases[alias] ?? alias
  const stated = variables["APP_ENV"]
  return stated !== undefined && stated !== "" && stated !== meant
    ? {
        variables,
        faults: [{ variable: "ENVIRONMENT", message: `says “${alias}” but APP_ENV says “${stated}”; set APP_ENV only` }]
      }
    : { variables: { ...variables, APP_ENV: meant }, faults: [] }
}

const decode = Schema.decodeUnknownEffect(Environment, { errors: "all" })
const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first complaint about each variable; the others follow from it. */
const schemaFaults = (issue: SchemaIssue.Issue): ReadonlyArray<Fault> => {
  const first = new Map<string, string>()
  for (const { path, message } of formatIssues(issue).issues) {
    const variable = String(path?.[0] ?? "the environment")
    if (!first.has(variable)) first.set(variable, message)
  }
  return [...first].map(([variable, message]) => ({
    variable,
    message:
      message === "Missing key" ? "is required: development, test, staging or production" : `is not usable: ${message}`
  }))
}

const present = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""))

/** The environment, then `.env.{APP_ENV}`, then `.env`: the earlier wins. */
const gather = (environment: Variables, directory: string): Variables => {
  const base = { ...present(envFile(`${directory}/.env`)), ...present(environment) }
  const named = withAlias(base).variables["APP_ENV"]
  const perEnv = named === undefined ? {} : present(envFile(`${directory}/.env.${named}`))
  return { ...base, ...perEnv, ...present(environment) }
}

/**
 * Reads the settings from the environment and the `.env` files of `directory`. Empty variables count as absent. Every
 * fault is listed at once, by name, and no value of a secret is repeated.
 */
export const loadSettings = Effect.fnUntraced(function* (environment: Variables, directory: string) {
  const { variables, faults } = withAlias(gather(environment, directory))
  const others = [...faults, ...crossFaults(variables), ...keyFileFaults(variables)]
  const decoded = yield* decode(variables).pipe(
    Effect.mapError((error) => new InvalidConfiguration({ faults: [...schemaFaults(error.issue), ...others] }))
  )
  if (others.length > 0) return yield* new InvalidConfiguration({ faults: others })
  return settle(decoded)
})

/** The settings of this process. */
export const settingsLayer = Layer.effect(
  AppSettings,
  Effect.suspend(() => loadSettings(process.env, process.cwd()))
)
