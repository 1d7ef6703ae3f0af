import { Context, type Effect, type Option, type Redacted } from "effect"

/** Keeps secrets that must be read again: authenticated encryption under a key of this installation. */
export class Sealing extends Context.Service<
  Sealing,
  {
    /** `purpose` is bound to the ciphertext: what was sealed for one opens for no other. */
    readonly seal: (purpose: string, secret: Redacted.Redacted<string>) => Effect.Effect<Uint8Array>
    /** The secret, or nothing where the bytes were made elsewhere, for another purpose, or changed. */
    readonly open: (purpose: string, sealed: Uint8Array) => Option.Option<Redacted.Redacted<string>>
  }
>()("@veza/domain/kernel/Sealing") {}
