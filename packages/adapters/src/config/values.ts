import { Duration, Redacted, Schema, SchemaTransformation } from "effect"

const pattern = (expression: RegExp, expected: string) =>
  Schema.String.check(Schema.isPattern(expression, { expected }))

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `250ms`, `30s`, `5m`, `1h`, `2d`. */
export const DurationText = pattern(/^\d{1,9}(?:ms|s|m|h|d)$/u, "a duration such as 30s, 5m or 1h").pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transform({
      decode: (text) => Duration.millis(Number.parseInt(text, 10) * (units[text.replace(/^\d+/u, "")] ?? 1)),
      encode: (duration) => `${Duration.toMillis(duration)}ms`
    })
  )
)

/** `tracks=15m,search=5m`: a duration for each of some names; those left out are undefined. */
export const TimesByName = <const Names extends ReadonlyArray<string>>(names: Names) => {
  const entry = `(?:${names.join("|")})=\\d{1,9}(?:ms|s|m|h|d)`
  const decodeDuration = Schema.decodeSync(DurationText)
  return pattern(
    new RegExp(`^(?:${entry}(?:,${entry})*)?$`, "u"),
    `durations by name, such as ${names[0] ?? "name"}=15m; known names: ${names.join(", ")}`
  ).pipe(
    Schema.decodeTo(
      Schema.Record(Schema.String, Schema.Duration),
      SchemaTransformation.transform({
        decode: (text) =>
          Object.fromEntries(
            text
              .split(",")
              .filter((item) => item !== "")
              .map((item) => {
                const [name = "", time = ""] = item.split("=")
                return [name, decodeDuration(time)] as const
              })
          ),
        encode: (times) =>
          Object.entries(times)
            .map(([name, time]) => `${name}=${Duration.toMillis(time)}ms`)
            .join(",")
      })
    )
  )
}

/** A party of DDEX, without hyphens: `PADPIDA`, a date, a number and a check character (DDEX, DPID). */
export const PartyId = pattern(/^PADPIDA\d{10}[A-Z0-9]$/u, "a DDEX party id such as PADPIDA2014120301U")

const sizes: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** Bytes: a number, or one with `KB`, `MB`, `GB` (powers of 1024, as in clamd's and nginx's settings). */
export const SizeText = pattern(/^\d{1,12}(?:[KMG]B)?$/u, "a size such as 1048576, 512KB or 100MB").pipe(
  Schema.decodeTo(
    Schema.Int,
    SchemaTransformation.transform({
      decode: (text) => Number.parseInt(text, 10) * (sizes[text.replace(/^\d+/u, "")] ?? 1),
      encode: (bytes) => String(bytes)
    })
  )
)

/** `true` or `false`, also `1` and `0`. */
export const Flag = pattern(/^(?:true|false|1|0)$/iu, "true or false").pipe(
  Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({
      decode: (text) => text === "1" || text.toLowerCase() === "true",
      encode: (flag) => String(flag)
    })
  )
)

/** A whole number within bounds. */
export const whole = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

const listed = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")

/** A comma-separated list without blanks. */
export const List = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.String),
    SchemaTransformation.transform({
      decode: listed,
      encode: (items) => items.join(",")
    })
  )
)

/** Secrets separated by commas. */
export const SecretList = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.Redacted(Schema.String)),
    SchemaTransformation.transform({
      decode: (text): ReadonlyArray<Redacted.Redacted<string>> => listed(text).map((item) => Redacted.make(item)),
      encode: (items: ReadonlyArray<Redacted.Redacted<string>>) => items.map(Redacted.value).join(",")
    })
  )
)

/** An address by http or https. */
export const Url = Schema.String.check(
  Schema.makeFilter((text: string) => /^https?:\/\//u.test(text) && URL.canParse(text), {
    expected: "an address such as https://veza.example"
  })
)
