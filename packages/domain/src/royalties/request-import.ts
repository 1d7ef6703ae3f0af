import { DateTime, Effect, Option, type Stream } from "effect"
import {
  type Actor,
  contextOf,
  type EventContext,
  Ids,
  Outbox,
  requirePermission,
  systemContext,
  Transaction,
  type UserId
} from "../kernel/index.ts"
import { RoyaltyImportNotFound } from "./errors.ts"
import { importRequested } from "./events.ts"
import { RoyaltyImports, RoyaltySettings, StatementFiles } from "./ports.ts"
import { ImportId } from "./statement.ts"

interface Requester {
  readonly userId: UserId | null
  readonly context: EventContext
}

const add = Effect.fnUntraced(function* (
  id: ImportId,
  file: { readonly sizeBytes: number; readonly sha256: string; readonly fileName: string },
  { userId, context }: Requester
) {
  const entry = { id, ...file, requestedBy: userId, requestedAt: yield* DateTime.now }
  const earlier = yield* (yield* RoyaltyImports).add(entry)
  if (Option.isNone(earlier)) yield* (yield* Outbox).append([importRequested(id, file.sha256, context)])
  return earlier
})

const takeIn = Effect.fnUntraced(function* <E>(
  fileName: string,
  content: Stream.Stream<Uint8Array, E>,
  requester: Requester
) {
  const files = yield* StatementFiles
  const id = ImportId.make(yield* (yield* Ids).entity)
  const { maxStatementSize } = yield* RoyaltySettings
  const written = yield* files.write(id, content, maxStatementSize)
  const earlier = yield* (yield* Transaction).atomically(add(id, { ...written, fileName }, requester))
  if (Option.isNone(earlier)) return { id, isRepeated: false }
  yield* files.remove(id)
  return { id: earlier.value, isRepeated: true }
})

/**
 * Takes a statement in; the worker imports it. The same content again answers the import there is, whatever the file is
 * called, unless that was refused or failed (05-decisions, "Royalties").
 */
export const requestImport = Effect.fn("royalties.requestImport")(function* <E>(
  actor: Actor,
  fileName: string,
  content: Stream.Stream<Uint8Array, E>
) {
  yield* requirePermission(actor, "royalties.administrate")
  const userId = actor._tag === "SignedIn" ? actor.userId : null
  return yield* takeIn(fileName, content, { userId, context: contextOf(actor) })
})

/** The same by an operator at the machine. */
export const requestImportHere = <E>(fileName: string, content: Stream.Stream<Uint8Array, E>) =>
  takeIn(fileName, content, { userId: null, context: systemContext })

const told = Effect.fnUntraced(function* (id: ImportId) {
  const imports = yield* RoyaltyImports
  const found = Option.getOrUndefined(yield* imports.byId(id))
  if (found === undefined) return yield* new RoyaltyImportNotFound()
  const done = found.status === "imported"
  return {
    ...found,
    totals: done ? yield* imports.totals(id) : [],
    unmatched: done ? yield* imports.unmatched(id) : { isrcs: 0, upcs: 0 }
  }
})

/** How an import stands: how far it has come, what is wrong with the file, what it came to. */
export const readImport = Effect.fn("royalties.readImport")(function* (actor: Actor, id: ImportId) {
  yield* requirePermission(actor, "royalties.administrate")
  return yield* told(id)
})

export const readImportHere = told
