import type { EventContext, EventType, NewEvent } from "../kernel/index.ts"
import type { ImportId } from "./statement.ts"

const importEvent = (type: EventType, id: ImportId, context: EventContext, more: object = {}): NewEvent => ({
  type,
  aggregate: `royalty_import:${id}`,
  payload: { import_id: id, ...more },
  context
})

export const importRequested = (id: ImportId, sha256: string, context: EventContext) =>
  importEvent("royalties.import_requested", id, context, { sha256 })
export const imported = (id: ImportId, lines: number, context: EventContext) =>
  importEvent("royalties.imported", id, context, { lines })
export const importRefused = (id: ImportId, refusal: string, faults: number, context: EventContext) =>
  importEvent("royalties.import_refused", id, context, { refusal, faults })
export const importFailed = (id: ImportId, context: EventContext) => importEvent("royalties.import_failed", id, context)

export const ratesStated = (target: string, count: number, context: EventContext): NewEvent => ({
  type: "royalties.rates_stated",
  aggregate: `royalty_rates:${target}`,
  payload: { target, count },
  context
})
