import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import {
  imageKeyOf,
  ImageNotes,
  PrivacyChoices,
  ProfileErasure,
  ProfileImages,
  ProfileRecords,
  Terms,
  TermsType,
  UserProfiles,
  type Users,
  UserSettingsStore
} from "@veza/domain/accounts"
import { Ids, type UserId } from "@veza/domain/kernel"
import { TrackCovers, type Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at, longAgo, newUser } from "./samples.ts"

type Ports =
  | ImageNotes
  | TrackCovers
  | Tracks
  | PrivacyChoices
  | ProfileErasure
  | ProfileImages
  | ProfileRecords
  | Terms
  | UserProfiles
  | Users
  | UserSettingsStore
  | Ids

const accept = Effect.fnUntraced(function* (userId: UserId) {
  const terms = yield* Terms
  for (const type of TermsType.literals) {
    const id = yield* (yield* Ids).row
    yield* terms.accept({
      id,
      userId,
      type,
      version: "2026-01-01",
      acceptedAt: at(4),
      ip: "192.0.2.1",
      userAgent: "contract"
    })
  }
})

/** Somebody who said and chose something everywhere. Their profile is not read here before it is gone. */
const addTalker = Effect.fnUntraced(function* () {
  const { id, username } = yield* addUser()
  const profiles = yield* UserProfiles
  yield* profiles.change(id, { bio: "here I am", isPrivate: true })
  const guard = { at: at(0), changedBefore: at(0), heldUntil: at(100), abandonedBefore: longAgo }
  yield* profiles.rename(id, { ...guard, username: (yield* newUser()).username })
  const [shown, former, cover] = [imageKeyOf(id, "shown"), imageKeyOf(id, "former"), imageKeyOf(id, "cover")]
  for (const key of [shown, former, cover]) yield* (yield* ImageNotes).note(key, at(0))
  const track = yield* addReadyTrack(id)
  yield* (yield* TrackCovers).set(track.id, { storageKey: cover, contentHash: "bb", changedAt: at(1) })
  yield* (yield* ProfileImages).set(id, "avatar", { storageKey: shown, contentHash: "aa", changedAt: at(1) })
  yield* (yield* UserSettingsStore).choose(id, { theme: "dark" })
  yield* (yield* PrivacyChoices).optOut(id, { source: "gpc", at: at(2) })
  yield* accept(id)
  return { id, formerName: username, shown, former }
})

/** What every store of profiles and choices does when somebody takes their data along, or goes. */
export const profileErasureContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`ProfileErasure and ProfileRecords: ${name}`, (it) => {
    it.effect("drops what one person said and chose, and frees the names held for them; nobody else's", () =>
      Effect.gen(function* () {
        const [gone, other] = [yield* addTalker(), yield* addTalker()]
        yield* (yield* ProfileErasure).drop(gone.id)
        const left = Effect.fnUntraced(function* ({ id, formerName }: typeof gone) {
          const profiles = yield* UserProfiles
          const { bio, isPrivate, avatar } = Option.getOrThrow(yield* profiles.byId(id))
          return [
            bio,
            isPrivate,
            avatar?.storageKey,
            (yield* (yield* UserSettingsStore).chosen(id)).theme,
            Option.isSome(yield* (yield* PrivacyChoices).optOutOf(id)),
            yield* profiles.isHeld(formerName, at(50))
          ]
        })
        assert.deepStrictEqual(yield* left(gone), [null, false, undefined, undefined, false, false])
        assert.deepStrictEqual(yield* left(other), ["here I am", true, other.shown, "dark", true, true])
      })
    )

    it.effect("names the files of one person that nothing shows; covers of tracks that stay are shown", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* addTalker(), yield* addTalker()]
        const erasure = yield* ProfileErasure
        assert.deepStrictEqual(yield* erasure.imageFiles(one.id, 10), [one.former])
        yield* erasure.drop(one.id)
        assert.deepStrictEqual((yield* erasure.imageFiles(one.id, 10)).toSorted(), [one.former, one.shown])
        assert.lengthOf(yield* erasure.imageFiles(one.id, 1), 1)
        yield* (yield* ImageNotes).forget(one.shown)
        assert.deepStrictEqual(yield* erasure.imageFiles(one.id, 10), [one.former])
        assert.deepStrictEqual(yield* erasure.imageFiles(other.id, 10), [other.former])
      })
    )

    it.effect("keeps that terms were accepted, and forgets from where", () =>
      Effect.gen(function* () {
        const [gone, other] = [yield* addTalker(), yield* addTalker()]
        yield* (yield* ProfileErasure).blankAcceptances(gone.id)
        const records = yield* ProfileRecords
        const page = yield* records.acceptances(gone.id, undefined, 3)
        const all = [...page, ...(yield* records.acceptances(gone.id, page.at(-1), 3))]
        assert.sameMembers(
          all.map(({ type }) => type),
          [...TermsType.literals]
        )
        for (const one of all)
          assert.deepInclude(one, { version: "2026-01-01", acceptedAt: at(4), ip: "", userAgent: "" })
        const [kept] = yield* records.acceptances(other.id, undefined, 1)
        assert.deepInclude(kept, { ip: "192.0.2.1", userAgent: "contract" })
      })
    )

    it.effect("tells which names are held for somebody", () =>
      Effect.gen(function* () {
        const { id, formerName } = yield* addTalker()
        const held = yield* (yield* ProfileRecords).heldUsernames(id)
        assert.deepStrictEqual(
          held.map((one) => ({ ...one })),
          [{ name: formerName.toLowerCase(), heldUntil: at(100) }]
        )
      })
    )
  })
