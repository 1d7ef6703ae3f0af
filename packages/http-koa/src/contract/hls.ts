import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { RenditionName, renditionFilePattern, TrackId } from "@veza/domain/tracks"
import { failures } from "./errors.ts"
import { publicRead, RouteRules } from "./rules.ts"

const shareQuery = { share: Schema.optionalKey(textUpTo(256)) }
const RenditionFileName = Schema.String.check(
  Schema.isPattern(renditionFilePattern, { expected: "index.m3u8, init.mp4 or seg-NNNNN.m4s" })
)

const playlist = { "application/vnd.apple.mpegurl": { schema: { type: "string" } } }
const sound = { "audio/mp4": { schema: { type: "string", format: "binary" } } }
const responses = (content: object) => ({
  "200": { description: "The whole file", content },
  "206": { description: "The asked range", content },
  "304": { description: "Not modified" },
  "412": { description: "Precondition failed" },
  "416": { description: "No such range; Content-Range tells the size" }
})
const rules = (content: object) =>
  publicRead({
    auth: "O",
    limit: "media",
    cache: "hls",
    raw: { totalCap: "10 minutes" },
    responses: responses(content)
  })
const refusals = failures(
  "TrackNotFound",
  "TrackPrivate",
  "TrackBlocked",
  "TrackNotReady",
  "RenditionsUnavailable",
  "TemporarilyUnavailable"
)

export const Hls = HttpApiGroup.make("hls")
  .add(
    HttpApiEndpoint.get("master", "/master.m3u8", { params: { id: TrackId }, query: shareQuery, error: refusals })
      .annotate(RouteRules, rules(playlist))
      .annotate(OpenApi.Summary, "A track over HLS (RFC 8216): the playlist of its renditions; HEAD answers alike"),
    HttpApiEndpoint.get("file", "/:rendition/:file", {
      params: { id: TrackId, rendition: RenditionName, file: RenditionFileName },
      query: shareQuery,
      error: refusals
    })
      .annotate(RouteRules, rules({ ...playlist, ...sound }))
      .annotate(OpenApi.Summary, "The playlist of one rendition, its initialisation and its segments, by ranges")
  )
  .prefix("/api/v1/tracks/:id/hls")
  .annotate(OpenApi.Title, "HLS")
