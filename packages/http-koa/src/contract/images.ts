import { imageContentType } from "@veza/domain/accounts"
import { privateWrite, type Rules } from "./rules.ts"

const binary = { type: "string", format: "binary" }

const imageBody = {
  required: true,
  content: {
    "multipart/form-data": { schema: { type: "object", required: ["file"], properties: { file: binary } } },
    "image/*": { schema: binary }
  }
}

/** Rules of a route that takes in an image, as a form or as it is. */
export const imageWrite = privateWrite({ raw: { totalCap: "60 seconds" }, requestBody: imageBody })

/** Rules of a route that gives an image out, of the given media type. */
export const imageRead = (contentType: string = imageContentType) =>
  ({
    auth: "O",
    limit: "media",
    cache: "image",
    raw: { totalCap: "60 seconds" },
    responses: {
      "200": { description: "The image", content: { [contentType]: { schema: binary } } },
      "304": { description: "Not modified" }
    }
  }) as const satisfies Partial<Rules>
