import { audioFormatNames, audioFormats } from "@veza/domain/tracks"

const text = { type: "string" }
const integer = { type: "integer" }
const flag = { type: "boolean" }

/** The upload form, as the API document shows it: its parser streams and reads the fields by the domain's schema. */
export const uploadBody = {
  required: true,
  content: {
    "multipart/form-data": {
      schema: {
        type: "object",
        required: ["file", "title"],
        properties: {
          file: { type: "string", format: "binary", description: `Audio: ${audioFormatNames.join(", ")}` },
          title: text,
          artist: text,
          album: text,
          genre: text,
          year: integer,
          bpm: integer,
          musical_key: text,
          tags: { type: "string", description: "Separated by commas, or the field repeated" },
          lyrics: text,
          description: text,
          isrc: text,
          is_public: { ...flag, default: true },
          downloadable: { ...flag, default: false },
          allow_duplicate: { ...flag, default: false }
        }
      }
    }
  }
}

const audio = Object.fromEntries(
  Object.values(audioFormats).map(({ contentType }) => [contentType, { schema: { type: "string", format: "binary" } }])
)

/** What a stream answers (RFC 9110 §13–15). */
export const audioResponses = {
  "200": { description: "The whole file", content: audio },
  "206": { description: "The asked range, or several as multipart/byteranges", content: audio },
  "302": {
    description: "The file is in an object store: Location leads there for 15 minutes (30 to download), with ranges"
  },
  "304": { description: "Not modified" },
  "412": { description: "Precondition failed" },
  "416": { description: "No such range; Content-Range tells the size" }
}
