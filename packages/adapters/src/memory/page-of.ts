/** The rows behind `after` in the order of their keys. */
export const pageOf = <A>(
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => string,
  after: A | undefined,
  limit: number
): ReadonlyArray<A> => {
  const sorted = rows.map((row) => ({ row, key: keyOf(row) })).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const from = after === undefined ? "" : keyOf(after)
  return sorted
    .filter(({ key }) => key > from)
    .slice(0, limit)
    .map(({ row }) => row)
}
