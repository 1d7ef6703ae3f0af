import { checksumAlgorithms } from "@veza/domain/tracks"

/** The version of the protocol (https://tus.io/protocols/resumable-upload, 1.0.0). */
export const tusVersion = "1.0.0"
/** The content type of parts. */
export const partType = "application/offset+octet-stream"

/** What every answer to a resumable upload carries. */
export const tusHeaders = { "Tus-Resumable": tusVersion }

/** What this server can do, for OPTIONS; what it takes at most is a setting. */
export const tusAbilities = {
  "Tus-Version": tusVersion,
  "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
  "Tus-Checksum-Algorithm": checksumAlgorithms.join(",")
}

/** Header names of the protocol that pages of other origins may send and read. */
export const tusRequestHeaders =
  "Tus-Resumable,Upload-Length,Upload-Offset,Upload-Metadata,Upload-Checksum,X-HTTP-Method-Override"
export const tusAnswerHeaders =
  "Location,Tus-Resumable,Tus-Version,Tus-Extension,Tus-Max-Size,Tus-Checksum-Algorithm,Upload-Offset,Upload-Length,Upload-Metadata,Upload-Expires,X-Track-Id"
