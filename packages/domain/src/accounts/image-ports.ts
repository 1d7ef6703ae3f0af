import { Context, type DateTime, type Effect, type Option } from "effect"
import type { TemporarilyUnavailable } from "../kernel/index.ts"
import type { ImageTooLarge, UnsupportedImage } from "./errors.ts"

export interface ImageShape {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** An image as it is stored. */
export interface StoredImage {
  readonly storageKey: string
  /** SHA-256 of the stored bytes, in lower-case hexadecimal. */
  readonly contentHash: string
  readonly changedAt: DateTime.Utc
}

/** Decodes images of strangers and draws them anew. */
export class ImageProcessing extends Context.Service<
  ImageProcessing,
  {
    /**
     * The first frame, upright, cut to the shape, as WebP in sRGB; nothing else of the file survives (EXIF, profiles,
     * comments). At most `maxPixels` are decoded.
     */
    readonly draw: (
      bytes: Uint8Array,
      shape: ImageShape
    ) => Effect.Effect<
      { readonly bytes: Uint8Array; /** SHA-256 in lower-case hexadecimal. */ readonly sha256: string },
      UnsupportedImage | ImageTooLarge | TemporarilyUnavailable
    >
  }
>()("@veza/domain/accounts/ImageProcessing") {}

/** Where drawn images live. A key is written once and its content never changes. */
export class ImageFiles extends Context.Service<
  ImageFiles,
  {
    /** Durable when it returns, and never seen half. */
    readonly write: (storageKey: string, bytes: Uint8Array) => Effect.Effect<void>
    readonly read: (storageKey: string) => Effect.Effect<Option.Option<Uint8Array>>
    readonly remove: (storageKey: string) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/ImageFiles") {}

/** The note of every image file that may be in the store, whatever shows it: a profile, a track. */
export class ImageNotes extends Context.Service<
  ImageNotes,
  {
    /** Notes a file that is about to be written: whatever happens then, it will be found again. */
    readonly note: (storageKey: string, at: DateTime.Utc) => Effect.Effect<void>
    /** Keys noted before `before` that nothing shows, oldest first. */
    readonly unused: (before: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<string>>
    /** The file is gone from the store. */
    readonly forget: (storageKey: string) => Effect.Effect<void>
  }
>()("@veza/domain/accounts/ImageNotes") {}
