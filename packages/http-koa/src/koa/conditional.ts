/** The validators of a representation (RFC 9110 §8.8). */
export interface Validators {
  /** An entity tag with its quotes, `W/` in front where it is weak. */
  readonly etag: string
  readonly lastModified?: Date | undefined
}

/** The conditional headers of a request, absent ones as the empty string. */
export interface Conditions {
  readonly ifMatch: string
  readonly ifNoneMatch: string
  readonly ifModifiedSince: string
  readonly ifUnmodifiedSince: string
}

const opaque = (tag: string): string => tag.replace(/^W\//u, "")
const tagsOf = (header: string): ReadonlyArray<string> => header.match(/(?:W\/)?"[^"]*"/gu) ?? []

const matchesWeakly = (header: string, etag: string): boolean =>
  header.trim() === "*" || tagsOf(header).some((tag) => opaque(tag) === opaque(etag))
const matchesStrongly = (header: string, etag: string): boolean =>
  header.trim() === "*" || (!etag.startsWith("W/") && tagsOf(header).includes(etag))

/** HTTP dates count whole seconds. */
const seconds = (date: Date): number => Math.floor(date.getTime() / 1000)
const dateOf = (header: string): number | undefined => {
  const time = Date.parse(header)
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000)
}

/**
 * Judges a GET or HEAD by its preconditions in the order of RFC 9110 §13.2.2: 412, 304, or undefined to go on. An
 * unreadable date counts as absent.
 */
export const precondition = (conditions: Conditions, validators: Validators): 304 | 412 | undefined => {
  const modified = validators.lastModified === undefined ? undefined : seconds(validators.lastModified)
  if (conditions.ifMatch !== "") {
    if (!matchesStrongly(conditions.ifMatch, validators.etag)) return 412
  } else {
    const unmodifiedSince = dateOf(conditions.ifUnmodifiedSince)
    if (modified !== undefined && unmodifiedSince !== undefined && modified > unmodifiedSince) return 412
  }
  if (conditions.ifNoneMatch !== "") return matchesWeakly(conditions.ifNoneMatch, validators.etag) ? 304 : undefined
  const modifiedSince = dateOf(conditions.ifModifiedSince)
  return modified !== undefined && modifiedSince !== undefined && modified <= modifiedSince ? 304 : undefined
}

/**
 * Does If-Range let the Range header count (RFC 9110 §13.1.5)? A tag must match strongly, a date exactly.
 */
export const rangeApplies = (ifRange: string, validators: Validators): boolean => {
  if (ifRange === "") return true
  if (ifRange.includes('"')) return !ifRange.startsWith("W/") && matchesStrongly(ifRange, validators.etag)
  const date = dateOf(ifRange)
  return date !== undefined && validators.lastModified !== undefined && date === seconds(validators.lastModified)
}
