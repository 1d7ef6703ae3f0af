import { Context, type DateTime, type Effect, type Option, type Redacted } from "effect"
import type { UserId } from "../kernel/index.ts"

/** What somebody needs to put a secret into an authenticator. */
export interface Enrolment {
  /** `otpauth://totp/…` (the Key URI format of authenticator apps). */
  readonly uri: string
  /** The URI as a QR code: an SVG document. */
  readonly qrSvg: string
}

/** Time-based one-time passwords: SHA-1, six digits, steps of 30 seconds (RFC 6238). */
export class OneTimePasswords extends Context.Service<
  OneTimePasswords,
  {
    /** A fresh secret of 20 random bytes (RFC 4226 §4, R6), in base32. */
    readonly newSecret: Effect.Effect<Redacted.Redacted<string>>
    readonly enrolment: (secret: Redacted.Redacted<string>, account: string) => Enrolment
    /**
     * The time step whose code this is, of the current one and its two neighbours; undefined when it is none of theirs.
     * Takes the same time whatever the code.
     */
    readonly stepOf: (secret: Redacted.Redacted<string>, code: string, at: DateTime.Utc) => number | undefined
    /** `count` fresh backup codes of 80 random bits, as they are shown. */
    readonly newBackupCodes: (count: number) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>>
  }
>()("@veza/domain/accounts/OneTimePasswords") {}

export interface SecondFactor {
  /** Sealed. */
  readonly secret: Uint8Array
  readonly isEnabled: boolean
}

/** The second factor of each account: one at most. Backup codes are kept as digests. */
export class SecondFactors extends Context.Service<
  SecondFactors,
  {
    readonly of: (userId: UserId) => Effect.Effect<Option.Option<SecondFactor>>
    /** Keeps a secret that waits for its first code, instead of another that waits. False when one is enabled. */
    readonly propose: (userId: UserId, secret: Uint8Array, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Enables the proposed secret by the code of `step`. False when it is enabled already or not this one any more. */
    readonly enable: (userId: UserId, secret: Uint8Array, step: number, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Uses an enabled factor's step up. False when this step or a later one was used: none is used twice. */
    readonly useStep: (userId: UserId, step: number) => Effect.Effect<boolean>
    /** Uses a backup code up, at most once however many try at the same time. */
    readonly useBackupCode: (userId: UserId, digest: Uint8Array, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Replaces all backup codes, used and unused. */
    readonly replaceBackupCodes: (userId: UserId, digests: ReadonlyArray<Uint8Array>) => Effect.Effect<void>
    /** Removes the factor with its codes, and takes from every session that it passed it. False when there was none. */
    readonly remove: (userId: UserId) => Effect.Effect<boolean>
  }
>()("@veza/domain/accounts/SecondFactors") {}

/** Somebody whose password was right and whose second factor is awaited. */
export interface LoginChallenge {
  readonly userId: UserId
  readonly rememberMe: boolean
}

/** The tokens between the two factors of a log-in, kept as digests; good for nothing else. */
export class LoginChallenges extends Context.Service<
  LoginChallenges,
  {
    readonly add: (
      challenge: LoginChallenge & { readonly digest: Uint8Array; readonly expiresAt: DateTime.Utc }
    ) => Effect.Effect<void>
    /** Takes one of at most `limit` attempts at a living challenge; nothing when there is none left. */
    readonly attempt: (
      digest: Uint8Array,
      limit: number,
      at: DateTime.Utc
    ) => Effect.Effect<Option.Option<LoginChallenge>>
    /** Uses a challenge up, at most once however many try at the same time. */
    readonly consume: (digest: Uint8Array, at: DateTime.Utc) => Effect.Effect<boolean>
    /** Ends every challenge of an account: the password they stand for is no longer its password. */
    readonly endAll: (userId: UserId) => Effect.Effect<void>
    /** Removes challenges that ended before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/LoginChallenges") {}

/** How often something failed lately, and when it did last. */
export interface Failures {
  readonly count: number
  readonly lastAt: DateTime.Utc
}

/** Failed proofs, by a digest of what was tried and from where; nothing in it tells whether there is such an account. */
export class FailedAttempts extends Context.Service<
  FailedAttempts,
  {
    readonly of: (key: Uint8Array) => Effect.Effect<Option.Option<Failures>>
    /** Guarded: false when somebody else wrote since `seen` was read. */
    readonly replace: (key: Uint8Array, seen: Failures | undefined, next: Failures) => Effect.Effect<boolean>
    readonly clear: (key: Uint8Array) => Effect.Effect<void>
    /** Removes what failed last before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/accounts/FailedAttempts") {}
