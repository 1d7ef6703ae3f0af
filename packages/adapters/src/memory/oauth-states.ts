import { DateTime, Effect, Layer, Option } from "effect"
import { type OAuthState, OAuthStates } from "@veza/domain/accounts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { drop, dropWhere, get, hex, put } from "./tables.ts"

export const oauthStatesMemory = Layer.effect(
  OAuthStates,
  Effect.map(Store, (store) =>
    OAuthStates.of({
      add: (digest, state) => store.change((tables) => [undefined, put(tables, "oauthStates", hex(digest), state)]),
      consume: (digest, provider, browserDigest, at) =>
        store.change((tables): readonly [Option.Option<OAuthState>, Tables] => {
          const state = get(tables, "oauthStates", hex(digest))
          const fits =
            state?.provider === provider &&
            hex(state.browserDigest) === hex(browserDigest) &&
            DateTime.isGreaterThan(state.expiresAt, at) &&
            (state.sessionId === undefined || get(tables, "sessions", state.sessionId) !== undefined)
          return fits ? [Option.some(state), drop(tables, "oauthStates", hex(digest))] : [Option.none(), tables]
        }),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "oauthStates", (row) => DateTime.isLessThan(row.expiresAt, before)))
    })
  )
)
