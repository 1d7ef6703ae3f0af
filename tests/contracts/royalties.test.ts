import { Effect } from "effect"
import { KnownRecordings, memoryAdapters } from "@veza/adapters/memory"
import { statementReader } from "@veza/adapters/statements"
import { Database } from "@veza/adapters/postgres"
import { Layer } from "effect"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { statementFilesMemory } from "@veza/adapters/memory"
import { PutRecording, royaltiesContract } from "./royalties.contract.ts"

const puttingMemory = Layer.effect(
  PutRecording,
  Effect.map(KnownRecordings, (known) => PutRecording.of({ put: known.put }))
)

const puttingPostgres = Layer.effect(
  PutRecording,
  Effect.map(Database, ({ sql }) =>
    PutRecording.of({
      put: ({ isrc, trackId, ownerId, shares }) =>
        Effect.gen(function* () {
          yield* sql`INSERT INTO recordings (track_id, owner_id, isrc, title, assigned, created_at)
            VALUES (${trackId}, ${ownerId}, ${isrc}, 'A song', false, now())`
          for (const { position, name, userId, shareBps } of shares) {
            yield* sql`INSERT INTO royalty_shares (track_id, position, name, user_id, share_bps)
              VALUES (${trackId}, ${position}, ${name}, ${userId}, ${shareBps})`
          }
        }).pipe(Effect.orDie)
    })
  )
)

royaltiesContract("memory", puttingMemory.pipe(Layer.provideMerge(memoryAdapters)))
royaltiesContract(
  "PostgreSQL",
  puttingPostgres.pipe(
    Layer.provideMerge(postgresAdapters),
    Layer.provideMerge(Layer.merge(statementFilesMemory, statementReader))
  )
)
