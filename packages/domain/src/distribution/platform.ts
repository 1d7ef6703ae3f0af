import { Schema } from "effect"

/** Stores that releases are sent to. */
export const Platform = Schema.Literals(["spotify", "apple_music", "deezer"])
export type Platform = typeof Platform.Type

export const platformNames: Readonly<Record<Platform, string>> = {
  spotify: "Spotify",
  apple_music: "Apple Music",
  deezer: "Deezer"
}
