import { Layer } from "effect"
import { idsCrypto, secretsCrypto, sha256Crypto } from "@veza/adapters/crypto"
import { postgresPorts } from "@veza/adapters/postgres"
import { freshDatabaseLayer } from "./database.ts"

/** Every port that PostgreSQL answers, on a fresh database. */
export const postgresAdapters = postgresPorts.pipe(
  Layer.provideMerge(freshDatabaseLayer),
  Layer.provideMerge(Layer.mergeAll(idsCrypto, secretsCrypto, sha256Crypto))
)
