import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { PrivacyChoices, Terms, UserSettingsStore, type Users } from "@veza/domain/accounts"
import { Ids, type UserId } from "@veza/domain/kernel"
import { addUser, at, longAgo } from "./samples.ts"

const accept = Effect.fnUntraced(function* (userId: UserId, seconds: number) {
  const terms = yield* Terms
  const [document] = yield* terms.current(userId, at(0))
  if (document === undefined) return yield* Effect.die("there are no terms")
  const isNew = yield* terms.accept({
    id: yield* (yield* Ids).row,
    userId,
    type: document.type,
    version: document.version,
    acceptedAt: at(seconds),
    ip: "192.0.2.1",
    userAgent: "contract"
  })
  return { document, isNew }
})

/** What every store of settings, privacy choices and consents does. */
export const preferencesContract = <E>(
  name: string,
  adapter: Layer.Layer<UserSettingsStore | PrivacyChoices | Terms | Users | Ids, E>
) =>
  layer(adapter)(`preferences: ${name}`, (it) => {
    it.effect("keep what was chosen and nothing else, key by key", () =>
      Effect.gen(function* () {
        const store = yield* UserSettingsStore
        const { id } = yield* addUser()
        const chosen = Effect.map(store.chosen(id), ({ privacy = {}, playback = {}, ...rest }) => ({
          ...rest,
          privacy,
          playback
        }))
        assert.deepInclude(yield* chosen, { privacy: {}, playback: {} })
        yield* store.choose(id, { theme: "dark", playback: { autoplay: true, quality: "high" } })
        const after = yield* store.choose(id, { language: "pt-BR", playback: { quality: "low" } })
        assert.deepInclude(after, { theme: "dark", language: "pt-BR", playback: { autoplay: true, quality: "low" } })
        assert.deepInclude(yield* chosen, { theme: "dark", language: "pt-BR", privacy: {} })
      })
    )

    it.effect("lose none of several choices made at the same time", () =>
      Effect.gen(function* () {
        const store = yield* UserSettingsStore
        const { id } = yield* addUser()
        yield* Effect.all(
          [
            store.choose(id, { privacy: { show_likes: true } }),
            store.choose(id, { privacy: { discoverable: false } }),
            store.choose(id, { theme: "light" }),
            store.choose(id, { language: "fr" })
          ],
          { concurrency: "unbounded" }
        )
        const privacy = { show_likes: true, discoverable: false }
        assert.deepInclude(yield* store.chosen(id), { theme: "light", language: "fr", privacy })
      })
    )

    it.effect("record an opt-out once, and the first stays", () =>
      Effect.gen(function* () {
        const choices = yield* PrivacyChoices
        const { id } = yield* addUser()
        assert.isTrue(Option.isNone(yield* choices.optOutOf(id)))
        const recorded = yield* Effect.all(
          Array.from({ length: 8 }, () => choices.optOut(id, { source: "gpc", at: at(5) })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(recorded.filter((isNew) => isNew).length, 1)
        assert.isFalse(yield* choices.optOut(id, { source: "request", at: at(9) }))
        const found = Option.getOrThrow(yield* choices.optOutOf(id))
        assert.strictEqual(found.source, "gpc")
        assert.isTrue(DateTime.Equivalence(found.at, at(5)))
      })
    )

    it.effect("know one version of each document in force, and none before the first", () =>
      Effect.gen(function* () {
        const terms = yield* Terms
        const documents = yield* terms.current(undefined, at(0))
        const types = documents.map(({ type }) => type)
        assert.includeMembers(types, ["terms_of_service", "privacy_policy"])
        assert.strictEqual(new Set(types).size, types.length)
        assert.isTrue(documents.every(({ acceptedAt }) => acceptedAt === null))
        assert.isEmpty(yield* terms.current(undefined, longAgo))
      })
    )

    it.effect("record a consent once, for one person", () =>
      Effect.gen(function* () {
        const terms = yield* Terms
        const [one, other] = [yield* addUser(), yield* addUser()]
        const { document, isNew } = yield* accept(one.id, 5)
        assert.isTrue(isNew)
        assert.isFalse((yield* accept(one.id, 9)).isNew)
        const acceptedBy = Effect.fnUntraced(function* (user: UserId) {
          const documents = yield* terms.current(user, at(0))
          return documents.find(({ type }) => type === document.type)?.acceptedAt
        })
        assert.deepStrictEqual(yield* acceptedBy(one.id), at(5))
        assert.isNull(yield* acceptedBy(other.id))
      })
    )
  })
