import { DateTime, Effect, Layer, Option } from "effect"
import { Release, type ReleaseListing, Releases } from "@veza/domain/distribution"
import { shownImages } from "./image-notes.ts"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

const gone = "[deleted]"

/** A release that went to stores, without what it told. */
const emptied = (release: Release): Release =>
  new Release({
    ...release,
    cover: null,
    draft: { kind: release.draft.kind, title: gone, artists: [], tracks: [] }
  })

const listingOf = ({ draft: { tracks, ...outline }, ...release }: Release): ReleaseListing => ({
  ...release,
  outline,
  trackCount: tracks.length
})

const forget = (tables: Tables, release: Release): Tables =>
  release.firstSubmittedAt === null
    ? drop(tables, "releases", release.id)
    : put(tables, "releases", release.id, emptied(release))

export const releasesMemory = Layer.effect(
  Releases,
  Effect.map(Store, (store) => {
    const byId = (id: string) => store.read((tables) => Option.fromNullishOr(get(tables, "releases", id)))
    return Releases.of({
      add: (release) => store.change((tables) => [undefined, put(tables, "releases", release.id, release)]),
      byId,
      lock: (id) =>
        store.read((tables) => {
          const release = get(tables, "releases", id)
          const owner = release === undefined ? undefined : get(tables, "users", release.ownerId)
          return owner === undefined || owner.deletedAt !== undefined ? Option.none() : Option.fromNullishOr(release)
        }),
      ofOwner: (owner, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "releases")
              .filter(({ ownerId }) => ownerId === owner)
              .map(listingOf),
            ({ createdAt, id }) => ({ value: DateTime.formatIso(createdAt), id }),
            plan
          )
        ),
      ofTrackAlone: (owner, track) =>
        store.read((tables) => {
          const [latest] = all(tables, "releases")
            .filter(
              ({ ownerId, draft }) =>
                ownerId === owner && draft.tracks.length > 0 && draft.tracks.every(({ track_id }) => track_id === track)
            )
            .toSorted((a, b) => DateTime.toEpochMillis(b.createdAt) - DateTime.toEpochMillis(a.createdAt))
          return Option.fromNullishOr(latest)
        }),
      change: (id, revision, draft, at) =>
        store.change((tables): readonly [Option.Option<number>, Tables] => {
          const release = get(tables, "releases", id)
          if (release === undefined || release.revision !== revision) return [Option.none(), tables]
          const changed = new Release({ ...release, draft, revision: revision + 1, updatedAt: at })
          return [Option.some(changed.revision), put(tables, "releases", id, changed)]
        }),
      setCover: (id, cover, at) =>
        store.change((tables): readonly [{ readonly former: Option.Option<string> }, Tables] => {
          const release = get(tables, "releases", id)
          if (release === undefined) return [{ former: Option.none() }, tables]
          const changed = new Release({ ...release, cover, revision: release.revision + 1, updatedAt: at })
          const after = put(tables, "releases", id, changed)
          const former = release.cover?.storageKey
          const unused = former !== undefined && !shownImages(after).has(former)
          return [{ former: unused ? Option.some(former) : Option.none() }, after]
        }),
      markSubmitted: (id, upc, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const release = get(tables, "releases", id)
          const holder = get(tables, "releaseUpcs", upc)
          if (release === undefined || (holder !== undefined && holder !== id)) return [false, tables]
          const marked = new Release({ ...release, firstSubmittedAt: release.firstSubmittedAt ?? at })
          return [true, put(put(tables, "releases", id, marked), "releaseUpcs", upc, id)]
        }),
      pageOfOwner: (owner, after, limit) =>
        store.read((tables) =>
          pageOf(
            all(tables, "releases").filter(({ ownerId }) => ownerId === owner),
            ({ id }) => id,
            after,
            limit
          )
        ),
      forgetOwner: (owner) =>
        store.change((tables) => {
          const without = all(tables, "releases")
            .filter(({ ownerId }) => ownerId === owner)
            .reduce(forget, tables)
          const theirs = all(without, "submissions").filter(({ ownerId }) => ownerId === owner)
          const titled = theirs.reduce(
            (left, submission) => put(left, "submissions", submission.id, { ...submission, title: gone }),
            without
          )
          const ids = new Set(theirs.map(({ id }) => id))
          const said = all(titled, "submissionHistory").filter(
            ({ submissionId, by }) => ids.has(submissionId) && by === "owner"
          )
          const silenced = said.reduce(
            (left, row) => put(left, "submissionHistory", row.id, { ...row, reason: null }),
            titled
          )
          const rows = all(silenced, "submissionEntries").filter(({ entry }) => ids.has(entry.submissionId))
          return [
            undefined,
            rows.reduce(
              (left, row) =>
                put(left, "submissionEntries", row.entry.id, { ...row, entry: { ...row.entry, reason: null } }),
              silenced
            )
          ]
        })
    })
  })
)
