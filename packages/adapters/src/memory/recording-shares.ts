import { Effect, Layer } from "effect"
import { RecordingShares } from "@veza/domain/royalties"
import { Store } from "./store.ts"
import { all, get } from "./tables.ts"

/** What distribution wrote down of the recordings that a store sells or sold. */
export const recordingSharesMemory = Layer.effect(
  RecordingShares,
  Effect.map(Store, (store) =>
    RecordingShares.of({
      byIsrc: (codes) =>
        store.read((tables) => {
          const asked = new Set(codes)
          return all(tables, "recordings")
            .filter(({ isrc, trackId }) => asked.has(isrc) && get(tables, "soldRecordings", trackId) !== undefined)
            .toSorted((a, b) => (a.isrc < b.isrc ? -1 : 1))
            .map(({ isrc, trackId, ownerId }) => ({
              isrc,
              trackId,
              ownerId,
              shares: (get(tables, "royaltyShares", trackId) ?? []).map((share, position) => ({
                position,
                name: share.name,
                userId: share.user_id ?? null,
                shareBps: share.share_bps
              }))
            }))
        })
    })
  )
)
