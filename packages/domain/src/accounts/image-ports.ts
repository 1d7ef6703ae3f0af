import { Context, type Effect, type Option } from "effect"
import type { TemporarilyUnavailable } from "../kernel/index.ts"
import type { ImageTooLarge, UnsupportedImage } from "./errors.ts"

export interface ImageShape {
  /** Pixels. */
  readonly width: number
  readonly height: number
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
