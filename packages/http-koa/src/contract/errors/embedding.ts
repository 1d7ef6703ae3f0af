import { Schema } from "effect"
import { row } from "../error-row.ts"

/** The address is none of ours, or leads to nothing that can be shown elsewhere. */
export class NothingToEmbed extends Schema.TaggedError<NothingToEmbed>()("NothingToEmbed", {}) {}
/** oEmbed 1.0 §2.2 wants 501 for a format that is not spoken. */
export class EmbeddingFormatUnknown extends Schema.TaggedError<EmbeddingFormatUnknown>()(
  "EmbeddingFormatUnknown",
  {}
) {}

export const embeddingErrors = {
  NothingToEmbed: row(NothingToEmbed, 404, "NOTHING_TO_EMBED", "There is nothing at this address that can be embedded"),
  EmbeddingFormatUnknown: row(
    EmbeddingFormatUnknown,
    501,
    "EMBEDDING_FORMAT_UNKNOWN",
    "The format must be json or xml",
    { details: () => [{ field: "format", message: "must be json or xml" }] }
  )
} as const
