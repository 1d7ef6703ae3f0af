import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { coverShape, TrackId, waveformBounds, waveformColour } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { imageRead, imageWrite } from "./images.ts"
import { wholeNumber } from "./lists.ts"
import { privateWrite, publicRead, RouteRules } from "./rules.ts"
import { TrackView } from "./tracks.ts"

const byId = { id: TrackId }
const share = Schema.optionalKey(textUpTo(256))
const { width, height } = waveformBounds

export const TrackImages = HttpApiGroup.make("trackImages")
  .add(
    HttpApiEndpoint.get("cover", "/:id/cover", {
      params: byId,
      query: { share, v: Schema.optionalKey(textUpTo(64)) },
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "CoverUnavailable", "TemporarilyUnavailable")
    })
      .annotate(RouteRules, publicRead(imageRead()))
      .annotate(OpenApi.Summary, `The cover of a track, as WebP of ${coverShape.width} × ${coverShape.height}`),
    HttpApiEndpoint.put("setCover", "/:id/cover", {
      params: byId,
      success: ok(TrackView),
      error: failures(
        "TrackNotFound",
        "TrackPrivate",
        "TrackBlocked",
        "Forbidden",
        "ImageFileTooLarge",
        "UnsupportedImage",
        "ImageTooLarge",
        "UnsupportedMediaType",
        "InvalidRequest",
        "TemporarilyUnavailable"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, imageWrite)
      .annotate(OpenApi.Summary, "Send a cover, at most 5 MB; it takes the place of the one in the file"),
    HttpApiEndpoint.make("DELETE")("clearCover", "/:id/cover", {
      params: byId,
      success: ok(TrackView),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Take the cover away"),
    HttpApiEndpoint.get("waveformSvg", "/:id/waveform.svg", {
      params: byId,
      query: {
        share,
        width: Schema.optionalKey(wholeNumber(width.least, width.most)),
        height: Schema.optionalKey(wholeNumber(height.least, height.most)),
        color: Schema.optionalKey(
          Schema.String.check(Schema.isPattern(waveformColour, { expected: "a colour of six digits, such as 1f6feb" }))
        )
      },
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "WaveformUnavailable")
    })
      .annotate(RouteRules, publicRead(imageRead("image/svg+xml")))
      .annotate(OpenApi.Summary, "The waveform drawn, 800 × 120 pixels unless told otherwise")
  )
  .prefix("/api/v1/tracks")
  .annotate(OpenApi.Title, "Tracks: cover and waveform")
