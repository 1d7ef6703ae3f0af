import { Schema } from "effect"

/** What keeps a release from the stores: where, what, and what to do about it. */
export const ReleaseFault = Schema.Struct({
  /** The path of the field, as in the request: `tracks.0.contributors.1.ipi`. */
  field: Schema.String,
  /** Stable, for programs. */
  code: Schema.String,
  message: Schema.String,
  fix: Schema.String
})
export type ReleaseFault = typeof ReleaseFault.Type

export const fault = (field: string, code: string, message: string, fix: string): ReleaseFault => ({
  field,
  code,
  message,
  fix
})

/** The fault where something is wrong, else nothing. */
export const when = (wrong: boolean, found: () => ReleaseFault): ReadonlyArray<ReleaseFault> => (wrong ? [found()] : [])
