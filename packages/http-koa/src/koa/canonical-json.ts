const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** JSON in one form whatever the order of its keys (RFC 8785): for comparing, of values that came from JSON. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? "null"
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    // By UTF-16 code units, as RFC 8785 §3.2.3 wants it.
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
  return `{${members.join(",")}}`
}
