import { Context, type Effect, type Redacted } from "effect"

/** A random secret handed to somebody once, and the digest that is kept of it. */
export interface IssuedSecret {
  readonly secret: Redacted.Redacted<string>
  /** SHA-256 of the secret. */
  readonly digest: Uint8Array
}

/** Secrets that are stored only as digests: mail links, refresh tokens, share tokens. */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** A fresh secret of 32 random bytes, as base64url. */
    readonly issue: Effect.Effect<IssuedSecret>
    /** The digest under which a presented secret would have been stored. */
    readonly digest: (secret: Redacted.Redacted<string>) => Uint8Array
    /** Whether two secrets are the same, in constant time. */
    readonly same: (one: Redacted.Redacted<string>, other: Redacted.Redacted<string>) => boolean
  }
>()("@veza/domain/kernel/Secrets") {}
