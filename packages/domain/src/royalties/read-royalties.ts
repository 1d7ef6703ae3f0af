import { Effect, Option, Stream } from "effect"
import {
  type Actor,
  Forbidden,
  lacking,
  type ListPlan,
  type ListQuery,
  permits,
  planList,
  type SignedIn
} from "../kernel/index.ts"
import { shareOf, decimalOf, toText } from "./decimal.ts"
import { RoyaltyNotFound } from "./errors.ts"
import { RoyaltyLedger } from "./ports.ts"
import {
  type Royalty,
  type RoyaltyFilter,
  type RoyaltyId,
  royaltyList,
  type RoyaltySort,
  type View
} from "./royalty.ts"

export type ViewName = View["of"]

/**
 * What somebody asks to look at: their shares unless told otherwise; administrators everything. Everything is for
 * administrators alone.
 */
export const viewOf = (actor: SignedIn, asked: ViewName | undefined): Effect.Effect<View, Forbidden> => {
  const isAdministrator = permits(actor.role, "royalties.administrate")
  const of = asked ?? (isAdministrator ? "all" : "shares")
  if (of !== "all") return Effect.succeed({ of, userId: actor.userId })
  return isAdministrator ? Effect.succeed({ of }) : Effect.fail(lacking("royalties.administrate"))
}

/** What a royalty comes to for whom it is shown to, exactly. */
export const shownAmount = ({ amount, shareBps }: Pick<Royalty, "amount" | "shareBps">): string =>
  shareBps === 10_000 ? amount : toText(shareOf(decimalOf(amount), shareBps))

/** A month that was reported in a later one's statement. */
export const isLate = ({ period, reportedIn }: Royalty): boolean => period < reportedIn

export const listRoyalties = Effect.fnUntraced(function* (
  actor: SignedIn,
  asked: ViewName | undefined,
  filter: RoyaltyFilter,
  query: ListQuery
) {
  const view = yield* viewOf(actor, asked)
  const plan = yield* planList(royaltyList, query, { ...filter, view: view.of })
  return { view, plan, page: yield* (yield* RoyaltyLedger).list(view, filter, plan) }
})

/** Rows of an export read at a time. */
const exportPage = 500

/** Everything that a list would show, in its order, a page at a time. */
export const exportRoyalties = Effect.fnUntraced(function* (
  actor: SignedIn,
  asked: ViewName | undefined,
  filter: RoyaltyFilter
) {
  const view = yield* viewOf(actor, asked)
  const ledger = yield* RoyaltyLedger
  const planAfter = (
    key: { readonly value: string | number; readonly id: string } | undefined
  ): ListPlan<RoyaltySort> => ({
    sort: "period",
    descending: true,
    limit: exportPage,
    start: { _tag: "After", key }
  })
  return Stream.paginate(planAfter(undefined), (plan) =>
    Effect.map(ledger.list(view, filter, plan), ({ items, next }) => [
      items,
      next === undefined ? Option.none() : Option.some(planAfter(next))
    ])
  )
})

/** A royalty in the widest view that somebody has of it: everything, the whole of their own track, or their share. */
export const findRoyalty = Effect.fnUntraced(function* (actor: Extract<Actor, { _tag: "SignedIn" }>, id: RoyaltyId) {
  const ledger = yield* RoyaltyLedger
  const { userId } = actor
  const views: ReadonlyArray<View> = permits(actor.role, "royalties.administrate")
    ? [{ of: "all" }]
    : [
        { of: "tracks", userId },
        { of: "shares", userId }
      ]
  for (const view of views) {
    const royalty = yield* ledger.byId(view, id)
    if (Option.isSome(royalty)) return { view, royalty: royalty.value }
  }
  return yield* new RoyaltyNotFound()
})
