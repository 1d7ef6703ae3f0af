import { Effect, Option } from "effect"
import type { Actor, StoredFile } from "../../kernel/index.ts"
import type { TrackSound } from "../ports.ts"
import { soundFor } from "../read-track.ts"
import type { TrackId } from "../track.ts"
import { RenditionsUnavailable } from "./errors.ts"
import { carryShare, masterPlaylist, playlistFile, playlistText } from "./playlist.ts"
import { HlsSettings, type RenditionFile, RenditionFiles } from "./ports.ts"
import type { BuildId } from "./rendition.ts"

/** A playlist, as this caller gets it, or a part of the sound of a rendition. */
export type HlsFile =
  | {
      readonly _tag: "Playlist"
      readonly track: TrackSound
      readonly text: string
      readonly modifiedAt: Date
      /** It holds the secret of the caller's share link. */
      readonly carriesShare: boolean
    }
  | { readonly _tag: "Sound"; readonly track: TrackSound; readonly build: BuildId; readonly file: StoredFile }

const setFor = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  if (!(yield* HlsSettings).streaming) return yield* new RenditionsUnavailable()
  const { sound: track, hasShare } = yield* soundFor(actor, id, share)
  if (track.hls === null) return yield* new RenditionsUnavailable()
  return { track, set: track.hls, secret: hasShare ? share : undefined }
})

const playlistOf = (track: TrackSound, text: string, modifiedAt: Date, secret: string | undefined): HlsFile => ({
  _tag: "Playlist",
  track,
  text: secret === undefined ? text : carryShare(text, secret),
  modifiedAt,
  carriesShare: secret !== undefined
})

/** The playlist that leads to a track's renditions. */
export const openMaster = Effect.fnUntraced(function* (actor: Actor, id: TrackId, share: string | undefined) {
  const { track, set, secret } = yield* setFor(actor, id, share)
  return playlistOf(track, masterPlaylist(set.renditions), new Date(set.madeAt), secret)
})

/** A playlist has at most a few megabytes: its segments are counted. */
const readText = async (file: StoredFile): Promise<string> => {
  const bytes = new Uint8Array(file.size)
  let filled = 0
  while (filled < bytes.length) {
    const read = await file.read(filled, bytes.subarray(filled))
    if (read === 0) throw new Error("the file is shorter than it was")
    filled += read
  }
  return playlistText(bytes)
}

/** A file of one of a track's renditions, open as long as the scope lives. */
export const openRendition = Effect.fnUntraced(function* (
  actor: Actor,
  id: TrackId,
  share: string | undefined,
  wanted: RenditionFile
) {
  const { track, set, secret } = yield* setFor(actor, id, share)
  const stored = { userId: track.userId, trackId: track.id, build: set.build }
  const file = Option.getOrUndefined(yield* (yield* RenditionFiles).open(stored, wanted))
  if (file === undefined) return yield* new RenditionsUnavailable()
  if (wanted.file === playlistFile) {
    return playlistOf(track, yield* Effect.promise(() => readText(file)), file.modifiedAt, secret)
  }
  return { _tag: "Sound", track, build: set.build, file } satisfies HlsFile
})
