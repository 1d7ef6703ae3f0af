import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo, UserId } from "@veza/domain/kernel"
import {
  Dimension,
  EarningId,
  FaultCode,
  ImportId,
  ImportStatus,
  KnownCurrency,
  Period,
  RateText,
  Refusal,
  RoyaltyId,
  StatedRate
} from "@veza/domain/royalties"
import { TrackId } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery, Pagination, wholeNumber } from "./lists.ts"
import { privateRead, privateWrite, RouteRules } from "./rules.ts"

const time = Schema.DateTimeUtcFromString
const Territory = Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/u, { expected: "a code of two capital letters" }))

/** `amount_exact`: the decimal, to its last digit. `amount_minor`: rounded to whole minor units of the currency. */
const amount = { amount_exact: Schema.String, amount_minor: Schema.Int }
const priced = { currency: Schema.String, ...amount }
/** One of the two is null. */
const recording = { isrc: Schema.NullOr(Schema.String), upc: Schema.NullOr(Schema.String) }

const View = Schema.Literals(["shares", "tracks", "all"])

export const RoyaltyView = Schema.Struct({
  id: RoyaltyId,
  import_id: ImportId,
  /** The month in which it was sold. */
  period: Period,
  /** The month of the statement that told of it. */
  reported_in: Period,
  is_late: Schema.Boolean,
  platform: Schema.String,
  territory: Schema.String,
  ...recording,
  track_id: Schema.NullOr(TrackId),
  /** As the store calls it. */
  title: Schema.String,
  quantity: Schema.Finite,
  line_count: Schema.Int,
  /** The part that the amount is of the whole, in basis points. */
  share_bps: Schema.Int,
  ...priced
}).annotate({ identifier: "Royalty" })
export type RoyaltyView = typeof RoyaltyView.Type

const Fault = Schema.Struct({
  /** Counted from 1, the header included. */
  line: Schema.Int,
  column: Schema.NullOr(Schema.String),
  code: FaultCode,
  value: Schema.NullOr(Schema.String)
})

export const RoyaltyImportView = Schema.Struct({
  id: ImportId,
  status: ImportStatus,
  file_name: Schema.String,
  sha256: Schema.String,
  size_bytes: Schema.Finite,
  /** How far it has come. */
  bytes_read: Schema.Finite,
  rows_read: Schema.Int,
  attempts: Schema.Int,
  /** Which kind of statement it was found to be. */
  layout: Schema.NullOr(Schema.String),
  period: Schema.NullOr(Period),
  refusal: Schema.NullOr(Refusal),
  fault_count: Schema.Int,
  /** The first 1000. */
  faults: Schema.Array(Fault),
  totals: Schema.Array(Schema.Struct(priced)),
  /** Recordings that nobody here has; they wait in the queue. */
  unmatched: Schema.Int,
  /** How many of them were sold as a whole and are known by their UPC alone: no track will be found for these. */
  unmatched_upcs: Schema.Int,
  requested_by: Schema.NullOr(UserId),
  requested_at: time,
  finished_at: Schema.NullOr(time)
}).annotate({ identifier: "RoyaltyImport" })
export type RoyaltyImportView = typeof RoyaltyImportView.Type

const Rate = Schema.Struct({ period: Period, currency: Schema.String, rate: Schema.String })

const filters = {
  view: Schema.optionalKey(View),
  period: Schema.optionalKey(Period),
  from: Schema.optionalKey(Period),
  to: Schema.optionalKey(Period),
  platform: Schema.optionalKey(textUpTo(60)),
  territory: Schema.optionalKey(Territory),
  track_id: Schema.optionalKey(TrackId)
}

const Summary = Schema.Struct({
  view: View,
  by: Dimension,
  totals: Schema.Array(Schema.Struct({ quantity: Schema.Finite, ...priced })),
  /** Rounded so that the groups of a currency sum to its total. Without a key: recordings that no track here is. */
  groups: Schema.Array(Schema.Struct({ key: Schema.NullOr(Schema.String), quantity: Schema.Finite, ...priced })),
  /** Groups beyond the first 1000 were left out; totals hold them all. */
  is_truncated: Schema.Boolean,
  /** What is paid out: rounded once, statement by statement. Null under a filter of platform or territory. */
  payable: Schema.NullOr(Schema.Array(Schema.Struct({ currency: Schema.String, amount_minor: Schema.Int }))),
  /** Everything in the asked currency, by the rates of each month; what has no rate is named and left out. */
  converted: Schema.NullOr(
    Schema.Struct({
      ...priced,
      rates: Schema.Array(Rate),
      missing: Schema.Array(Schema.Struct({ period: Schema.String, currency: Schema.String }))
    })
  )
}).annotate({ identifier: "RoyaltySummary" })

const Explanation = Schema.Struct({
  view: View,
  royalty: RoyaltyView,
  /** The lines of the statement that sum to the whole royalty. */
  lines: Schema.Struct({
    list: Schema.Array(
      Schema.Struct({
        line: Schema.Int,
        title: Schema.String,
        artist: Schema.String,
        quantity: Schema.Finite,
        currency: Schema.String,
        amount_exact: Schema.String,
        /** Where the store says what it converted from, and how. */
        stated_currency: Schema.NullOr(Schema.String),
        stated_rate: Schema.NullOr(Schema.String)
      })
    ),
    pagination: Pagination
  }),
  /** What the recording earned in the month by this statement: what is rounded, and split. */
  earning: Schema.Struct({
    id: EarningId,
    ...priced,
    /** What rounding added, or took. */
    rounding: Schema.String
  }),
  splits: Schema.Array(
    Schema.Struct({
      position: Schema.Int,
      name: Schema.String,
      user_id: Schema.NullOr(UserId),
      share_bps: Schema.Int,
      ...amount,
      rounding: Schema.String
    })
  ),
  /** In the asked currency, not rounded; null without a rate. */
  converted: Schema.NullOr(Schema.Struct({ currency: Schema.String, rate: Schema.String, amount_exact: Schema.String }))
}).annotate({ identifier: "RoyaltyExplanation" })

const binary = { type: "string", format: "binary" }
const statementBody = {
  required: true,
  content: {
    "multipart/form-data": { schema: { type: "object", required: ["file"], properties: { file: binary } } },
    "text/csv": { schema: binary },
    "text/tab-separated-values": { schema: binary }
  }
}
const csv = { "200": { description: "CSV (RFC 4180), UTF-8", content: { "text/csv": { schema: { type: "string" } } } } }

export const Royalties = HttpApiGroup.make("royalties")
  .add(
    HttpApiEndpoint.post("startImport", "/import", {
      query: { file_name: Schema.optionalKey(textUpTo(255)) },
      success: ok(Schema.Struct({ id: ImportId, is_repeated: Schema.Boolean }), 202),
      error: failures(
        "Forbidden",
        "StatementTooLarge",
        "StatementInterrupted",
        "UnsupportedMediaType",
        "InvalidRequest"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ auth: "A", raw: { totalCap: "2 hours" }, requestBody: statementBody }))
      .annotate(
        OpenApi.Summary,
        "Import a store's statement (CSV or TSV), all of it or nothing; the same content again answers the same import"
      ),
    HttpApiEndpoint.get("readImport", "/imports/:id", {
      params: { id: ImportId },
      success: ok(RoyaltyImportView),
      error: failures("Forbidden", "RoyaltyImportNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ auth: "A" }))
      .annotate(OpenApi.Summary, "How an import stands: its progress, its faults, what it came to"),
    HttpApiEndpoint.get("unmatched", "/unmatched", {
      query: { after: Schema.optionalKey(textUpTo(60)), limit: Schema.optionalKey(wholeNumber(1, 100)) },
      success: ok(
        Schema.Struct({
          list: Schema.Array(
            Schema.Struct({
              ...recording,
              title: Schema.String,
              earnings: Schema.Int,
              amounts: Schema.Array(Schema.Struct({ currency: Schema.String, amount_exact: Schema.String }))
            })
          ),
          pagination: Pagination
        })
      ),
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ auth: "A" }))
      .annotate(OpenApi.Summary, "Recordings that statements name and nobody here has; `after` takes next_cursor"),
    HttpApiEndpoint.get("rates", "/rates", {
      query: {
        target: KnownCurrency,
        from: Schema.optionalKey(Period),
        to: Schema.optionalKey(Period)
      },
      success: ok(Schema.Struct({ target: Schema.String, rates: Schema.Array(Rate) }))
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What currencies are worth in another, by month, as stated"),
    HttpApiEndpoint.put("stateRates", "/rates", {
      payload: Schema.Struct({
        target: KnownCurrency,
        rates: Schema.Array(StatedRate).check(Schema.isMinLength(1), Schema.isMaxLength(1000))
      }),
      success: ok(
        Schema.Struct({
          target: Schema.String,
          rates: Schema.Array(Schema.Struct({ period: Period, currency: Schema.String, rate: RateText }))
        })
      ),
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ auth: "A" }))
      .annotate(OpenApi.Summary, "State what one unit of each currency is worth in the target, by month"),
    HttpApiEndpoint.get("list", "/", {
      query: { ...listQuery, ...filters },
      success: ok(listOf(RoyaltyView)),
      error: failures("Forbidden", "InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(
        OpenApi.Summary,
        "What recordings earned, the latest month first: your shares, or with view=tracks the whole of your own tracks"
      ),
    HttpApiEndpoint.get("summary", "/summary", {
      query: { ...filters, by: Schema.optionalKey(Dimension), currency: Schema.optionalKey(KnownCurrency) },
      success: ok(Summary),
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What that comes to, by period, platform, territory, track or currency"),
    HttpApiEndpoint.get("exportCsv", "/export", {
      query: filters,
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ raw: { totalCap: "1 hour" }, responses: csv }))
      .annotate(OpenApi.Summary, "The same list as CSV, whole"),
    HttpApiEndpoint.get("explain", "/:id/explain", {
      params: { id: RoyaltyId },
      query: {
        after: Schema.optionalKey(wholeNumber(0, 999_999_999)),
        limit: Schema.optionalKey(wholeNumber(1, 100)),
        currency: Schema.optionalKey(KnownCurrency)
      },
      success: ok(Explanation),
      error: failures("RoyaltyNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Where an amount comes from: its lines, its rounding, its splits")
  )
  .prefix("/api/v1/distribution/royalties")
  .annotate(OpenApi.Title, "Distribution: royalties")
