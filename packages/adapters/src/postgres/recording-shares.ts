import { Effect, Layer, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import { RecordingShares } from "@veza/domain/royalties"
import { TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

const decode = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      isrc: Schema.String,
      trackId: TrackId,
      ownerId: UserId,
      shares: Schema.Array(
        Schema.Struct({
          position: Schema.Int,
          name: Schema.String,
          userId: Schema.NullOr(UserId),
          shareBps: Schema.Int
        })
      )
    })
  )
)

/** What distribution wrote down of the recordings that a store sells or sold. */
export const recordingSharesPostgres = Layer.effect(
  RecordingShares,
  Effect.map(Database, ({ sql }) =>
    RecordingShares.of({
      byIsrc: (codes) =>
        codes.length === 0
          ? Effect.succeed([])
          : bounded(
              Effect.flatMap(
                sql`
                  SELECT r.isrc, r.track_id AS "trackId", r.owner_id AS "ownerId", coalesce(
                    jsonb_agg(jsonb_build_object('position', s.position, 'name', s.name, 'userId', s.user_id, 'shareBps',
                      s.share_bps) ORDER BY s.position) FILTER (WHERE s.track_id IS NOT NULL), '[]') AS shares
                  FROM recordings r LEFT JOIN royalty_shares s ON s.track_id = r.track_id
                  WHERE ${sql.in("r.isrc", codes)} AND r.sold_at IS NOT NULL GROUP BY r.track_id ORDER BY r.isrc`,
                decode
              )
            )
    })
  )
)
