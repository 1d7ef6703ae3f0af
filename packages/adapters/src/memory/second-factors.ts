import { Effect, Layer, Option } from "effect"
import { SecondFactors } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, hex, put } from "./tables.ts"

type FactorRow = Rows["secondFactors"]

/** As the foreign key and the clean-up of the sessions do. */
const forgetPassing = (tables: Tables, userId: string): Tables =>
  all(tables, "sessions")
    .filter((row) => row.userId === userId)
    .reduce((left, row) => put(left, "sessions", row.id, { ...row, secondFactorAt: null }), tables)

export const secondFactorsMemory = Layer.effect(
  SecondFactors,
  Effect.map(Store, (store) => {
    const update = (
      userId: string,
      may: (row: FactorRow) => boolean,
      f: (row: FactorRow) => FactorRow
    ): Effect.Effect<boolean> =>
      store.change((tables) => {
        const row = get(tables, "secondFactors", userId)
        if (row === undefined || !may(row)) return [false, tables]
        return [true, put(tables, "secondFactors", userId, f(row))]
      })
    return SecondFactors.of({
      of: (userId) =>
        store.read((tables) =>
          Option.map(Option.fromNullishOr(get(tables, "secondFactors", userId)), ({ secret, enabledAt }) => ({
            secret,
            isEnabled: enabledAt !== undefined
          }))
        ),
      propose: (userId, secret) =>
        store.change((tables): readonly [boolean, Tables] => {
          if (get(tables, "secondFactors", userId)?.enabledAt !== undefined) return [false, tables]
          const row: FactorRow = { userId, secret, enabledAt: undefined, lastStep: 0, backupCodes: new Map() }
          return [true, put(tables, "secondFactors", userId, row)]
        }),
      enable: (userId, secret, step, at) =>
        update(
          userId,
          (row) => row.enabledAt === undefined && hex(row.secret) === hex(secret),
          (row) => ({ ...row, enabledAt: at, lastStep: step })
        ),
      useStep: (userId, step) =>
        update(
          userId,
          (row) => row.enabledAt !== undefined && row.lastStep < step,
          (row) => ({ ...row, lastStep: step })
        ),
      useBackupCode: (userId, digest) =>
        update(
          userId,
          ({ backupCodes }) => backupCodes.get(hex(digest)) === false,
          (row) => ({ ...row, backupCodes: new Map(row.backupCodes).set(hex(digest), true) })
        ),
      replaceBackupCodes: (userId, digests) =>
        Effect.asVoid(
          update(
            userId,
            () => true,
            (row) => ({ ...row, backupCodes: new Map(digests.map((digest) => [hex(digest), false])) })
          )
        ),
      remove: (userId) =>
        store.change((tables): readonly [boolean, Tables] => {
          const without = forgetPassing(tables, userId)
          if (get(tables, "secondFactors", userId)?.enabledAt === undefined) return [false, without]
          return [true, drop(without, "secondFactors", userId)]
        })
    })
  })
)
