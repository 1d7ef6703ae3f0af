import { Effect, Layer, Schema } from "effect"
import { type KeyPrincipal, KeyPrincipals } from "@veza/domain/accounts"
import { ApiKeyId, followedCache, KeyScope, Recent, Role, UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { accountsTopic, capacity, orUnavailableSoon, trustFor } from "./principals.ts"

/** Digests that nobody issued, and the milliseconds for which that is believed. */
const strangers = { kept: 10_000, believedFor: 60_000 } as const

const Row = Schema.Struct({
  keyId: ApiKeyId,
  userId: UserId,
  role: Role,
  isVerified: Schema.Boolean,
  isAdmitted: Schema.Boolean,
  scopes: Schema.Array(KeyScope),
  endsAt: Schema.NullOr(Schema.Finite)
})
const decode = Schema.decodeUnknownEffect(Row)

/** All that is known of a user's keys by digest, kept by user so that one announcement drops the lot. */
type Known = Map<string, KeyPrincipal>

/**
 * Whose a key is never changes, so it is kept apart from the followed record. A key that was never issued will not be
 * issued either (256 random bits), so that it is unknown may be remembered; how many different ones somebody may try is
 * bounded by the limiter of their address, which comes first.
 */
export const keyPrincipalsPostgres = Layer.effect(
  KeyPrincipals,
  Effect.gen(function* () {
    const { read } = yield* Database
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (_userId: string) => Effect.sync((): Known => new Map())
    })
    const owners = new Recent<string>(capacity)
    const unknownUntil = new Recent<number>(strangers.kept)

    const load = (digest: Uint8Array) =>
      orUnavailableSoon(
        bounded(
          Effect.flatMap(
            read`
              SELECT k.id AS "keyId", u.id AS "userId", u.role, u.is_verified AS "isVerified",
                (u.is_active AND NOT u.is_banned) AS "isAdmitted", k.scopes,
                CASE WHEN k.revoked_at IS NULL THEN extract(epoch FROM k.ends_at) * 1000 ELSE 0 END::float8 AS "endsAt"
              FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.digest = ${digest}`,
            ([row]): Effect.Effect<KeyPrincipal | undefined, Schema.SchemaError> =>
              row === undefined ? Effect.succeed(undefined) : decode(row)
          )
        )
      )
    const remember = (id: string, found: KeyPrincipal | undefined) => {
      if (found !== undefined) return owners.set(id, found.userId)
      owners.delete(id)
      unknownUntil.set(id, performance.now() + strangers.believedFor)
    }

    return KeyPrincipals.of({
      peek: (digest) => {
        const id = idOf(digest)
        const owner = owners.get(id)
        return owner === undefined ? undefined : cache.peek(owner)?.get(id)
      },
      of: Effect.fnUntraced(function* (digest) {
        const id = idOf(digest)
        if ((unknownUntil.get(id) ?? 0) > performance.now()) return undefined
        const owner = owners.get(id)
        // First the place to keep it, then the look: what changes in between drops the place and with it what was seen.
        const known = owner === undefined ? undefined : yield* cache.get(owner)
        const found = yield* load(digest)
        remember(id, found)
        if (found !== undefined) known?.set(id, found)
        return found
      })
    })
  })
)

const idOf = (digest: Uint8Array): string => Buffer.from(digest).toString("base64")
