/** A part of a representation; both ends count (RFC 9110 §14.1.2). */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export type RangeAnswer =
  | { readonly _tag: "Whole" }
  | { readonly _tag: "Unsatisfiable" }
  | { readonly _tag: "Ranges"; readonly ranges: readonly [ByteRange, ...ReadonlyArray<ByteRange>] }

/** More than this many ranges in one request are an attack or a mistake (RFC 9110 §14.2): the whole is sent. */
const maxRanges = 8
const whole: RangeAnswer = { _tag: "Whole" }

type Spec = ByteRange | "invalid" | "unsatisfiable"

/** One range-spec against a size: `first-last`, `first-` or `-suffix`. */
const resolve = (spec: string, size: number): Spec => {
  const [matched, first = "", last = ""] = /^(\d*)-(\d*)$/u.exec(spec) ?? []
  if (matched === undefined || (first === "" && last === "")) return "invalid"
  if (first === "") {
    const suffix = Number(last)
    return suffix === 0 || size === 0 ? "unsatisfiable" : { first: Math.max(0, size - suffix), last: size - 1 }
  }
  const from = Number(first)
  const to = last === "" ? Number.POSITIVE_INFINITY : Number(last)
  if (to < from) return "invalid"
  return from >= size ? "unsatisfiable" : { first: from, last: Math.min(to, size - 1) }
}

const touches = (a: ByteRange, b: ByteRange): boolean => a.first <= b.last + 1 && b.first <= a.last + 1

/** Joins ranges that overlap or touch (RFC 9110 §15.3.7.2 allows it), so that nobody gets a byte twice. */
const coalesce = (ranges: ReadonlyArray<ByteRange>): ReadonlyArray<ByteRange> =>
  ranges.reduce<ReadonlyArray<ByteRange>>((joined, range) => {
    const near = joined.filter((other) => touches(other, range))
    if (near.length === 0) return [...joined, range]
    const merged = {
      first: Math.min(range.first, ...near.map((other) => other.first)),
      last: Math.max(range.last, ...near.map((other) => other.last))
    }
    return coalesce([...joined.filter((other) => !near.includes(other)), merged])
  }, [])

/**
 * What a Range header asks of a representation of `size` bytes (RFC 9110 §14.2). A unit other than bytes, a malformed
 * header or too many ranges are ignored: the whole is sent. Ranges that lie beyond the end are left out; when none is
 * left the answer is unsatisfiable.
 */
export const rangesOf = (header: string | undefined, size: number): RangeAnswer => {
  const set = /^bytes\s*=(.*)$/iu.exec((header ?? "").trim())?.[1]
  if (set === undefined) return whole
  const specs = set
    .split(",")
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "")
  if (specs.length === 0 || specs.length > maxRanges) return whole
  const resolved = specs.map((spec) => resolve(spec, size))
  if (resolved.includes("invalid")) return whole
  const [first, ...rest] = coalesce(resolved.filter((spec) => typeof spec === "object"))
  return first === undefined ? { _tag: "Unsatisfiable" } : { _tag: "Ranges", ranges: [first, ...rest] }
}
