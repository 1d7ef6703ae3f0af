import type { ListPlan, Page } from "@veza/domain/kernel"

/** What an answer says of the page it holds (00-conventions, "Envelope"). */
export const pagination = <A, Sort extends string>(
  page: Page<A>,
  plan: ListPlan<Sort>,
  nextCursor: string | undefined
) => ({
  ...(page.counted === undefined
    ? {}
    : {
        page: page.counted.page,
        total: page.counted.total,
        ...(page.counted.isLowerBound ? { total_is_lower_bound: true } : {})
      }),
  limit: plan.limit,
  has_next: page.next !== undefined,
  ...(nextCursor === undefined ? {} : { next_cursor: nextCursor })
})

/** The answer of a list that is short by its nature and always told whole: one page, whatever was asked. */
export const wholeList = <A>(list: ReadonlyArray<A>) => ({
  list,
  pagination: { page: 1, limit: Math.max(100, list.length), total: list.length, has_next: false }
})
