import { DateTime, Effect, Layer, Predicate } from "effect"
import { AccountErasure, User } from "@veza/domain/accounts"
import type { EventEnvelope } from "@veza/domain/kernel"
import type { Tables, UserRow } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"

const concerns = ({ aggregate, context, payload }: EventEnvelope, id: string): boolean =>
  aggregate === `mail:${id}` ||
  aggregate === `user:${id}` ||
  context.actor_id === id ||
  (Predicate.hasProperty(payload, "user_id") && payload.user_id === id)

export const accountErasureMemory = Layer.effect(
  AccountErasure,
  Effect.map(Store, (store) => {
    const update = (id: string, may: (row: UserRow) => boolean, f: (row: UserRow) => UserRow) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "users", id)
        if (row === undefined || !may(row)) return [false, tables]
        return [true, put(tables, "users", id, f(row))]
      })
    return AccountErasure.of({
      anonymise: (id, { username, email, passwordHash }, at) =>
        update(
          id,
          (row) => row.deletedAt === undefined,
          (row) => ({
            ...row,
            passwordHash,
            deletedAt: at,
            user: new User({
              ...row.user,
              username,
              email,
              displayName: null,
              birthdate: null,
              isActive: false,
              tokenVersion: row.user.tokenVersion + 1
            })
          })
        ),
      dropMailTokens: (id) =>
        Effect.asVoid(store.change((tables) => dropWhere(tables, "mailTokens", ({ userId }) => userId === id))),
      due: (before, limit) =>
        store.read((tables) =>
          all(tables, "users")
            .flatMap(({ user, deletedAt, anonymisedAt }) =>
              deletedAt !== undefined && anonymisedAt === undefined && DateTime.isLessThan(deletedAt, before)
                ? [{ id: user.id, at: DateTime.toEpochMillis(deletedAt) }]
                : []
            )
            .toSorted((a, b) => a.at - b.at)
            .slice(0, limit)
            .map((due) => due.id)
        ),
      markAnonymised: (id, at) =>
        update(
          id,
          (row) => row.deletedAt !== undefined && row.anonymisedAt === undefined,
          (row) => ({
            ...row,
            anonymisedAt: at,
            lastLogin: undefined,
            loginCount: 0,
            ban: undefined,
            usernameChangedAt: undefined,
            user: new User({ ...row.user, promotedToCreatorAt: null })
          })
        ),
      forgetTraces: (id) =>
        store.change((tables) => {
          const [, offline] = dropWhere(tables, "sessions", ({ userId }) => userId === id)
          const [, tokenless] = dropWhere(
            offline,
            "refreshTokens",
            ({ sessionId }) => get(offline, "sessions", sessionId) === undefined
          )
          const [, unexported] = dropWhere(tokenless, "exports", ({ userId }) => userId === id)
          const [, linkless] = dropWhere(unexported, "mailTokens", ({ userId }) => userId === id)
          const [, clean] = dropWhere(linkless, "buried", ({ event }) => concerns(event, id))
          return [undefined, clean]
        })
    })
  })
)
