import { Effect, Layer, Option } from "effect"
import { PrivacyChoices, type SettingsChange, UserSettingsStore } from "@veza/domain/accounts"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

const over = (before: SettingsChange, change: SettingsChange): SettingsChange => ({
  ...before,
  ...change,
  privacy: { ...before.privacy, ...change.privacy },
  playback: { ...before.playback, ...change.playback },
  notifications: { ...before.notifications, ...change.notifications }
})

export const userSettingsMemory = Layer.effect(
  UserSettingsStore,
  Effect.map(Store, (store) =>
    UserSettingsStore.of({
      chosen: (user) => store.read((tables) => get(tables, "userSettings", user)?.chosen ?? {}),
      choose: (userId, change) =>
        store.change((tables) => {
          const chosen = over(get(tables, "userSettings", userId)?.chosen ?? {}, change)
          return [chosen, put(tables, "userSettings", userId, { userId, chosen })]
        })
    })
  )
)

export const privacyChoicesMemory = Layer.effect(
  PrivacyChoices,
  Effect.map(Store, (store) =>
    PrivacyChoices.of({
      optOutOf: (user) => store.read((tables) => Option.fromNullishOr(get(tables, "optOuts", user)?.choice)),
      optOut: (userId, choice) =>
        store.change((tables) =>
          get(tables, "optOuts", userId) === undefined
            ? [true, put(tables, "optOuts", userId, { userId, choice })]
            : [false, tables]
        )
    })
  )
)
