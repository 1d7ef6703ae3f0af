import { type DateTime, Schema } from "effect"
import { machine, type UserId, Uuid } from "../kernel/index.ts"
import type { PersonalDataSection } from "./personal-data.ts"

export const ExportId = Uuid.pipe(Schema.brand("ExportId"))
export type ExportId = typeof ExportId.Type

export const ExportStatus = Schema.Literals(["pending", "ready", "failed", "expired"])
export type ExportStatus = typeof ExportStatus.Type

/** The life of an export. `pending → expired`: its account was deleted meanwhile. */
export const exportMachine = machine<ExportStatus>({
  pending: ["ready", "failed", "expired"],
  ready: ["expired"],
  failed: [],
  expired: []
})

/** An export of somebody's data (10-accounts, "Export"). */
export interface Export {
  readonly id: ExportId
  readonly userId: UserId
  readonly status: ExportStatus
  /** How often making it was begun; each attempt writes a file of its own. */
  readonly attempts: number
  readonly sizeBytes: number | null
  readonly requestedAt: DateTime.Utc
  readonly readyAt: DateTime.Utc | null
  readonly expiresAt: DateTime.Utc | null
}

/** Exports that somebody may ask for within a rolling day; failed ones do not count (10-accounts). */
export const exportsPerDay = 3
/** How long a finished export may be downloaded. */
export const exportLifetime = { days: 7 } as const
/** Attempts after which an export is given up. */
export const maxExportAttempts = 5

/** The key of the file that an attempt writes. */
export const exportFileKey = (id: ExportId, attempt: number): string => `${id}-${attempt}`

/** The keys of every file that an export may ever have written. */
export const exportFileKeys = ({ id, attempts }: Pick<Export, "id" | "attempts">): ReadonlyArray<string> =>
  Array.from({ length: attempts }, (_, index) => exportFileKey(id, index + 1))

/** The README of an export: what is in it and how to read it. */
export const exportReadme = (
  username: string,
  madeAt: string,
  sections: ReadonlyArray<Pick<PersonalDataSection, "name" | "about">>
): string =>
  [
    `Your data at Veza: ${username}`,
    `Made at ${madeAt}.`,
    "",
    "Everything is here twice: as JSON (UTF-8, one list of objects) and as CSV (RFC 4180, UTF-8, names in the first line).",
    "In CSV an empty cell means that there is no value, several values of one cell are separated by “; ”, and a text that a",
    "spreadsheet could take for a formula has an apostrophe in front. Times are UTC.",
    "",
    ...sections.map(({ name, about }) => `${name}.json, ${name}.csv: ${about}`),
    ""
  ].join("\n")
