import { type Key, type ListPlan, maxPageDepth, type Page, type SortValue } from "@veza/domain/kernel"

/** Text in the order of its UTF-8 bytes, which is the database's order of texts (collation "C"). */
const compare = (a: SortValue, b: SortValue): number =>
  typeof a === "number" && typeof b === "number"
    ? a - b
    : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))

const compareKeys = (a: Key, b: Key): number => compare(a.value, b.value) || compare(a.id, b.id)

/** One page of the items that match a list's filter: keyset on the sort and the id, or counted (05-decisions, "Lists"). */
export const keysetPage = <A, Sort extends string>(
  matching: ReadonlyArray<A>,
  keyOf: (item: A) => Key,
  { descending, limit, start }: ListPlan<Sort>
): Page<A> => {
  const direction = descending ? -1 : 1
  const sorted = matching
    .map((item) => ({ item, key: keyOf(item) }))
    .toSorted((a, b) => direction * compareKeys(a.key, b.key))
  const rest =
    start._tag === "Offset"
      ? sorted.slice(start.skip)
      : sorted.filter(({ key }) => start.key === undefined || direction * compareKeys(key, start.key) > 0)
  const rows = rest.slice(0, limit)
  return {
    items: rows.map(({ item }) => item),
    limit,
    next: rest.length > limit ? rows.at(-1)?.key : undefined,
    counted:
      start._tag === "Offset"
        ? {
            page: start.page,
            total: Math.min(matching.length, maxPageDepth),
            isLowerBound: matching.length > maxPageDepth
          }
        : undefined
  }
}
