import { join } from "node:path"
import { Context, DateTime, Effect, Layer, Option, type Scope } from "effect"
import {
  type StorageBackend,
  StorageUnavailable,
  TrackFiles,
  type TrackPlace,
  TrackStorage,
  transferCap
} from "@veza/domain/tracks"
import { sha256OfFile } from "./durable.ts"
import { localStore } from "./local-store.ts"
import { quarantineIn } from "./quarantine.ts"
import type { TrackStore } from "./store.ts"
import { type WorkingCopies, workingCopies } from "./working-copies.ts"

export interface TrackFilesOptions {
  /** Holds the local store, quarantine and working copies: one file system, so that promoting is a rename. */
  readonly root: string
  /** Bytes of what is listened to that are kept in memory. */
  readonly cacheSize: number
  /** Where new files go. */
  readonly backend: StorageBackend
  /** The distant store, where there is one. */
  readonly distant?: ((copies: WorkingCopies) => Effect.Effect<TrackStore, never, Scope.Scope>) | undefined
}

/** Seconds until a row in a store that is not configured is worth another try: somebody has to act. */
const longRetry = 60

const unreachable = (backend: StorageBackend) =>
  Effect.andThen(
    Effect.logError("a track is in a store that is not configured", { backend }),
    Effect.fail(new StorageUnavailable({ retryAfter: longRetry }))
  )

/** Bounds the transfer of a whole file. */
const bounded = <A, R>(transfer: Effect.Effect<A, StorageUnavailable, R>) =>
  Effect.timeoutOrElse(transfer, {
    duration: transferCap,
    orElse: () => Effect.fail(new StorageUnavailable({ retryAfter: longRetry }))
  })

const serve = Effect.fnUntraced(function* ({ root, cacheSize, backend, distant }: TrackFilesOptions) {
  const copies = yield* Effect.promise(() => workingCopies(join(root, "copies")))
  const held = yield* Effect.promise(() => quarantineIn(join(root, "quarantine")))
  const local = yield* localStore(root, cacheSize)
  const s3 = distant === undefined ? undefined : yield* distant(copies)
  const stores: Readonly<Record<StorageBackend, TrackStore | undefined>> = { local, s3 }
  const storeOf = (of: StorageBackend): Effect.Effect<TrackStore, StorageUnavailable> => {
    const store = stores[of]
    return store === undefined ? unreachable(of) : Effect.succeed(store)
  }
  /** Local files are at hand and everybody's way: theirs is the short one. */
  const at = <A, R>(
    { storageBackend, storageKey }: TrackPlace,
    use: (store: TrackStore, key: string) => Effect.Effect<A, StorageUnavailable, R>
  ) =>
    storageBackend === "local"
      ? use(local, storageKey)
      : Effect.flatMap(storeOf(storageBackend), (store) => use(store, storageKey))

  const files = TrackFiles.of({
    backend,
    quarantine: held.quarantine,
    removeQuarantined: held.removeQuarantined,
    promote: (id, to) => bounded(at(to, (store, key) => store.put(held.pathOf(id), key, to.contentHash))),
    remove: (place) => at(place, (store, key) => store.remove(key)),
    exists: (place) => at(place, (store, key) => store.exists(key)),
    open: (place) => at(place, (store, key) => store.open(key)),
    deliver: (place, terms) => at(place, (store, key) => store.deliver(key, terms)),
    peek: (place) => (place.storageBackend === "local" ? local.peek(place.storageKey) : undefined),
    localPath: (file) =>
      "stored" in file
        ? bounded(at(file.stored, (store, key) => store.localPath(key)))
        : held.localPath(file.quarantined)
  })

  const copy = Effect.fnUntraced(function* (file: Parameters<TrackStorage["Service"]["copy"]>[0], to: StorageBackend) {
    const source = yield* storeOf(file.storageBackend)
    const target = yield* storeOf(to)
    const path = yield* source.localPath(file.storageKey)
    if (Option.isNone(path)) return "missing"
    const found = yield* Effect.promise((signal) => sha256OfFile(path.value, signal))
    if (found === undefined) return "missing"
    if (found !== file.contentHash) return "corrupt"
    yield* target.put(path.value, file.storageKey, file.contentHash)
    const arrived = yield* target.digest(file.storageKey)
    return Option.isSome(arrived) && arrived.value === file.contentHash ? "copied" : "corrupt"
  }, Effect.scoped)

  const storage = TrackStorage.of({
    backends: s3 === undefined ? ["local"] : ["local", "s3"],
    copy: (file, to) => bounded(copy(file, to)),
    list: (of, after, limit) => Effect.flatMap(storeOf(of), (store) => store.list(after, limit)),
    quarantined: held.quarantined,
    tidy: (before) => Effect.promise(() => copies.tidy(DateTime.toDate(before)))
  })
  return Context.make(TrackFiles, files).pipe(Context.add(TrackStorage, storage))
})

/** Track files in a local directory and, where one is configured, a distant store; each is found where its row says. */
export const trackFiles = (options: TrackFilesOptions) => Layer.effectContext(serve(options))
