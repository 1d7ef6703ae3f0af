import { Duration, Schema, SchemaTransformation } from "effect"

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

/** A comma-separated list without blanks. */
export const List = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.String),
    SchemaTransformation.transform({
      decode: (text): ReadonlyArray<string> =>
        text
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== ""),
      encode: (items) => items.join(",")
    })
  )
)
