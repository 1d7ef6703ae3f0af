/** What kind of trouble it was, for callers that react to it; the message is for people. */
export type EmbeddedPostgresReason =
  "no-binaries" | "folder-not-writable" | "data-folder-broken" | "start-failed" | "timeout" | "locked"

/** The embedded PostgreSQL could not be started or stopped; `message` is one sentence that says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError"
  readonly reason: EmbeddedPostgresReason

  constructor(reason: EmbeddedPostgresReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, ...), or undefined for anything else. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const why: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "it is a file",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up"
}

/** Turns a file system error met in `dir` into the sentence for people; other errors come back unchanged. */
export const folderError = (dir: string, error: unknown): unknown => {
  const explanation = why[systemCode(error) ?? ""]
  if (explanation === undefined) return error
  return new EmbeddedPostgresError(
    "folder-not-writable",
    `PostgreSQL cannot keep its data in ${dir} because ${explanation}: choose another folder or make this one writable.`,
    error
  )
}
