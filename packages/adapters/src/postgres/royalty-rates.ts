import { DateTime, Effect, Layer, Schema } from "effect"
import { Period, RoyaltyRates } from "@veza/domain/royalties"
import { bounded, Database } from "./client.ts"

const decode = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ period: Period, currency: Schema.String, target: Schema.String, rate: Schema.String }))
)

export const royaltyRatesPostgres = Layer.effect(
  RoyaltyRates,
  Effect.map(Database, ({ sql }) =>
    RoyaltyRates.of({
      state: (rates, by, at) =>
        bounded(sql`
          INSERT INTO royalty_rates (period, currency, target, rate, stated_by, stated_at)
          SELECT period, currency, target, rate, ${by}::uuid, ${DateTime.toDate(at)}::timestamptz
          FROM json_to_recordset(${JSON.stringify(rates)}::json) AS stated (
            period text, currency text, target text, rate numeric)
          ON CONFLICT (target, currency, period) DO UPDATE
          SET rate = excluded.rate, stated_by = excluded.stated_by, stated_at = excluded.stated_at`),
      into: (target, from, to) =>
        bounded(
          Effect.flatMap(
            sql`
              SELECT period, currency, target, trim_scale(rate)::text AS rate FROM royalty_rates
              WHERE target = ${target} AND (${from ?? null}::text IS NULL OR period >= ${from ?? null}::text)
                AND (${to ?? null}::text IS NULL OR period <= ${to ?? null}::text)
              ORDER BY period, currency`,
            decode
          )
        )
    })
  )
)
