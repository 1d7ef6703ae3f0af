import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { TrackId } from "@veza/domain/tracks"
import { failures } from "./errors.ts"
import { wholeNumber } from "./lists.ts"
import { publicRead, RouteRules, type Rules } from "./rules.ts"

const page = (responses: NonNullable<Rules["responses"]>) =>
  publicRead({ cache: "revalidate", raw: { totalCap: "30 seconds" }, responses })

const html = { "text/html": { schema: { type: "string" } } }

/** What oEmbed 1.0 §2.3.4.4 says of `rich`. */
const embedding = {
  schema: {
    type: "object",
    required: ["type", "version", "html", "width", "height"],
    properties: {
      type: { const: "rich" },
      version: { const: "1.0" },
      title: { type: "string" },
      author_name: { type: "string" },
      provider_name: { type: "string" },
      provider_url: { type: "string" },
      cache_age: { type: "integer", description: "Seconds" },
      thumbnail_url: { type: "string" },
      thumbnail_width: { type: "integer" },
      thumbnail_height: { type: "integer" },
      html: { type: "string" },
      width: { type: "integer", description: "Pixels" },
      height: { type: "integer", description: "Pixels" }
    }
  }
}

/** Pages and answers for other sites that show a track. */
export const Embedding = HttpApiGroup.make("embedding")
  .add(
    HttpApiEndpoint.get("player", "/embed/tracks/:id", {
      params: { id: TrackId },
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked")
    })
      .annotate(
        RouteRules,
        page({
          "200": { description: "The player", content: html },
          "304": { description: "Not modified" },
          "403": { description: "TRACK_PRIVATE, as a page", content: html },
          "404": { description: "TRACK_NOT_FOUND, as a page", content: html },
          "451": { description: "UNAVAILABLE_FOR_LEGAL_REASONS, as a page", content: html }
        })
      )
      .annotate(OpenApi.Summary, "A player of a public track for the frames of other sites"),
    HttpApiEndpoint.get("oembed", "/oembed", {
      query: {
        url: textUpTo(2048),
        maxwidth: Schema.optionalKey(wholeNumber(1, 100_000)),
        maxheight: Schema.optionalKey(wholeNumber(1, 100_000)),
        format: Schema.optionalKey(textUpTo(32))
      },
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "NothingToEmbed", "EmbeddingFormatUnknown")
    })
      .annotate(
        RouteRules,
        page({
          "200": {
            description: "How to show the track",
            content: { "application/json": embedding, "text/xml": { schema: { type: "string" } } }
          },
          "304": { description: "Not modified" }
        })
      )
      .annotate(OpenApi.Summary, "oEmbed 1.0: how to show the public track at an address of ours")
  )
  .annotate(OpenApi.Title, "Embedding")
