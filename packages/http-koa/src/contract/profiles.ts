import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { ProfileChange } from "@veza/domain/accounts"
import { Role, textUpTo, UserId } from "@veza/domain/kernel"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { imageRead, imageWrite } from "./images.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

/**
 * A profile as its reader may see it: of a private one only id, names and that it is private; what stands last is for
 * its owner and administrators.
 */
export const ProfileView = Schema.Struct({
  id: UserId,
  username: Schema.String,
  display_name: Schema.NullOr(Schema.String),
  is_private: Schema.Boolean,
  bio: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** A path of this API; it changes with the image. */
  avatar_url: Schema.optionalKey(Schema.NullOr(Schema.String)),
  banner_url: Schema.optionalKey(Schema.NullOr(Schema.String)),
  social_links: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  role: Schema.optionalKey(Role),
  created_at: Schema.optionalKey(Schema.DateTimeUtcFromString),
  email: Schema.optionalKey(Schema.String),
  birthdate: Schema.optionalKey(Schema.NullOr(Schema.String)),
  is_verified: Schema.optionalKey(Schema.Boolean),
  is_active: Schema.optionalKey(Schema.Boolean),
  is_banned: Schema.optionalKey(Schema.Boolean),
  promoted_to_creator_at: Schema.optionalKey(Schema.NullOr(Schema.DateTimeUtcFromString)),
  username_changed_at: Schema.optionalKey(Schema.NullOr(Schema.DateTimeUtcFromString))
}).annotate({ identifier: "Profile" })
export type ProfileView = typeof ProfileView.Type

const byId = { id: UserId }
const setImage = <const Name extends string, const Path extends `/${string}`>(name: Name, path: Path, size: string) =>
  HttpApiEndpoint.put(name, path, {
    success: ok(ProfileView),
    error: failures(
      "ImageFileTooLarge",
      "UnsupportedImage",
      "ImageTooLarge",
      "UnsupportedMediaType",
      "InvalidRequest",
      "UserNotFound",
      "TemporarilyUnavailable"
    )
  })
    .middleware(RequiresSignIn)
    .annotate(RouteRules, imageWrite)
    .annotate(OpenApi.Summary, `Send an image, at most 5 MB; it is drawn anew at ${size}`)

const clearImage = <const Name extends string, const Path extends `/${string}`>(name: Name, path: Path) =>
  HttpApiEndpoint.make("DELETE")(name, path, {
    success: ok(ProfileView),
    error: failures("UserNotFound", "TemporarilyUnavailable")
  })
    .middleware(RequiresSignIn)
    .annotate(RouteRules, privateWrite())
    .annotate(OpenApi.Summary, "Take the image away")

const readImage = <const Name extends string, const Path extends `/${string}`>(name: Name, path: Path) =>
  HttpApiEndpoint.get(name, path, {
    params: byId,
    query: { v: Schema.optionalKey(textUpTo(64)) },
    error: failures("UserNotFound", "ImageNotFound", "TemporarilyUnavailable")
  })
    .annotate(RouteRules, publicRead(imageRead()))
    .annotate(OpenApi.Summary, "The image of a profile, as WebP")

const seenByAll = publicRead({ auth: "O", cache: "revalidate" })

export const Profiles = HttpApiGroup.make("profiles")
  .add(
    // Before the routes with an id: `/by-username/avatar` is somebody's name, not an image.
    HttpApiEndpoint.get("byUsername", "/by-username/:username", {
      params: { username: textUpTo(64) },
      success: ok(ProfileView),
      error: failures("UserNotFound", "TemporarilyUnavailable")
    })
      .annotate(RouteRules, seenByAll)
      .annotate(OpenApi.Summary, "The profile of whoever has this username"),
    HttpApiEndpoint.get("byId", "/:id", {
      params: byId,
      success: ok(ProfileView),
      error: failures("UserNotFound", "TemporarilyUnavailable")
    })
      .annotate(RouteRules, seenByAll)
      .annotate(OpenApi.Summary, "A profile; of a private one strangers see that it is there"),
    HttpApiEndpoint.put("change", "/:id", {
      params: byId,
      payload: ProfileChange,
      success: ok(ProfileView),
      error: failures(
        "UserNotFound",
        "Forbidden",
        "UsernameTaken",
        "UsernameChangedRecently",
        "Underage",
        "BirthdateRequired",
        "TemporarilyUnavailable"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Change a profile: an absent key leaves what is there, null clears it"),
    HttpApiEndpoint.get("completion", "/:id/completion", {
      params: byId,
      success: ok(
        Schema.Struct({
          /** 0 to 100. */
          percentage: Schema.Int,
          missing: Schema.Array(Schema.String)
        })
      ),
      error: failures("UserNotFound", "Forbidden", "TemporarilyUnavailable")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "How complete a profile is and what is missing; for its owner"),
    setImage("setAvatar", "/me/avatar", "512 × 512"),
    setImage("setBanner", "/me/banner", "1500 × 500"),
    clearImage("clearAvatar", "/me/avatar"),
    clearImage("clearBanner", "/me/banner"),
    readImage("avatar", "/:id/avatar"),
    readImage("banner", "/:id/banner")
  )
  .prefix("/api/v1/users")
  .annotate(OpenApi.Title, "Accounts: profiles")
