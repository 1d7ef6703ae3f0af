import { Effect, Metric, Stream } from "effect"
import { cursorAfter, requirePermission } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/royalties"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { readStatementBody } from "../koa/statement-body.ts"
import { streamText } from "../koa/stream-text.ts"
import { pagination } from "./pagination.ts"
import { exportHeader, exportLine, importView, recordingView, royaltyView } from "./royalty-view.ts"

type Handlers = HandlersOf<typeof Api, Services>["royalties"]

const received = Metric.counter("veza_royalty_statements_total", {
  description: "Statements of royalties that were sent, by whether their content was known",
  incremental: true
})

/** Room for the boundaries of a form around the file. */
const formOverhead = 16 * 1024

const startImport: Handlers["startImport"] = Effect.fnUntraced(function* ({ query }) {
  const ctx = yield* Exchange
  const actor = yield* SignedInActor
  yield* requirePermission(actor, "royalties.administrate")
  const { maxStatementSize: maxBytes } = yield* Domain.RoyaltySettings
  if (Number(ctx.get("content-length")) > maxBytes + formOverhead) {
    return yield* new Domain.StatementTooLarge({ maxBytes })
  }
  const body = yield* readStatementBody(ctx, (yield* HostSettings).streamIdle)
  const name = (query.file_name ?? body.fileName ?? "").replaceAll("\0", "").slice(0, 255).toWellFormed()
  const { id, isRepeated } = yield* Domain.requestImport(actor, name === "" ? "statement" : name, body.content)
  yield* Metric.update(Metric.withAttributes(received, { known: String(isRepeated) }), 1)
  return { id, is_repeated: isRepeated }
}, Effect.scoped)

const readImport: Handlers["readImport"] = Effect.fnUntraced(function* ({ params }) {
  return importView(yield* Domain.readImport(yield* SignedInActor, params.id))
})

const defaultLimit = 20

const unmatched: Handlers["unmatched"] = Effect.fnUntraced(function* ({ query }) {
  const limit = query.limit ?? defaultLimit
  const { list: found, hasNext } = yield* Domain.unmatchedRecordings(yield* SignedInActor, query.after, limit)
  const last = found.at(-1)?.recording
  return {
    list: found.map(({ recording, title, earnings, amounts }) => ({
      ...recordingView(recording),
      title,
      earnings,
      amounts: amounts.map(({ currency, amount }) => ({ currency, amount_exact: amount }))
    })),
    pagination: { limit, has_next: hasNext, ...(hasNext && last !== undefined ? { next_cursor: last } : {}) }
  }
})

const rates: Handlers["rates"] = Effect.fnUntraced(function* ({ query }) {
  const found = yield* (yield* Domain.RoyaltyRates).into(query.target, query.from, query.to)
  return { target: query.target, rates: found.map(({ period, currency, rate }) => ({ period, currency, rate })) }
})

const stateRates: Handlers["stateRates"] = Effect.fnUntraced(function* ({ payload }) {
  const stated = yield* Domain.stateRates(yield* SignedInActor, payload.target, payload.rates)
  return { target: payload.target, rates: stated.map(({ period, currency, rate }) => ({ period, currency, rate })) }
})

type Filters = Parameters<Handlers["exportCsv"]>[0]["query"]
const filterOf = ({ period, from, to, platform, territory, track_id: trackId }: Filters): Domain.RoyaltyFilter => ({
  period,
  from,
  to,
  platform,
  territory,
  trackId
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const filter = filterOf(query)
  const { view, plan, page } = yield* Domain.listRoyalties(yield* SignedInActor, query.view, filter, query)
  const next =
    page.next === undefined ? undefined : cursorAfter(Domain.royaltyList, plan, { ...filter, view: view.of }, page.next)
  return { list: page.items.map(royaltyView), pagination: pagination(page, plan, next) }
})

const priced = (found: { readonly currency: string; readonly amount: string; readonly amountMinor: bigint }) => ({
  currency: found.currency,
  amount_exact: found.amount,
  amount_minor: Number(found.amountMinor)
})

const summary: Handlers["summary"] = Effect.fnUntraced(function* ({ query }) {
  const by = query.by ?? "period"
  const found = yield* Domain.summariseRoyalties(yield* SignedInActor, query.view, filterOf(query), by, query.currency)
  return {
    view: found.view,
    by,
    totals: found.totals.map((total) => ({ quantity: total.quantity, ...priced(total) })),
    groups: found.groups.map((group) => ({ key: group.key, quantity: group.quantity, ...priced(group) })),
    is_truncated: found.isTruncated,
    payable:
      found.payable?.map(({ currency, amountMinor }) => ({ currency, amount_minor: Number(amountMinor) })) ?? null,
    converted:
      found.converted === undefined
        ? null
        : {
            ...priced(found.converted),
            rates: found.converted.rates.map(({ period, currency, rate }) => ({ period, currency, rate })),
            missing: found.converted.missing
          }
  }
})

const exportCsv: Handlers["exportCsv"] = Effect.fnUntraced(function* ({ query }) {
  const ctx = yield* Exchange
  const found = yield* Domain.exportRoyalties(yield* SignedInActor, query.view, filterOf(query))
  ctx.res.setHeader("Content-Disposition", 'attachment; filename="royalties.csv"')
  const text = Stream.concat(Stream.make(exportHeader), Stream.map(found, exportLine))
  yield* streamText(ctx, "text/csv; charset=utf-8; header=present", text, (yield* HostSettings).streamIdle)
})

const explain: Handlers["explain"] = Effect.fnUntraced(function* ({ params, query }) {
  const limit = query.limit ?? defaultLimit
  const page = { after: query.after, limit }
  const found = yield* Domain.explainRoyalty(yield* SignedInActor, params.id, page, query.currency)
  const { royalty, earning, rate } = found
  const last = found.lines.at(-1)?.line
  return {
    view: found.view,
    royalty: royaltyView(royalty),
    lines: {
      list: found.lines.map((line) => ({
        line: line.line,
        title: line.title,
        artist: line.artist,
        quantity: line.quantity,
        currency: line.currency,
        amount_exact: Domain.toText(line.amount),
        stated_currency: line.statedCurrency,
        stated_rate: line.statedRate
      })),
      pagination: {
        limit,
        has_next: found.hasNext,
        ...(found.hasNext && last !== undefined ? { next_cursor: String(last) } : {})
      }
    },
    earning: { id: earning.id, ...priced(earning), rounding: found.rounding },
    splits: found.splits.map((split) => ({
      position: split.position,
      name: split.name,
      user_id: split.userId,
      share_bps: split.shareBps,
      amount_exact: split.amount,
      amount_minor: Number(split.amountMinor),
      rounding: split.rounding
    })),
    converted:
      rate === undefined
        ? null
        : {
            currency: rate.target,
            rate: rate.rate,
            amount_exact: Domain.toText(
              Domain.times(Domain.decimalOf(Domain.shownAmount(royalty)), Domain.decimalOf(rate.rate))
            )
          }
  }
})

export const royalties: Handlers = {
  startImport,
  readImport,
  unmatched,
  rates,
  stateRates,
  list,
  summary,
  exportCsv,
  explain
}
