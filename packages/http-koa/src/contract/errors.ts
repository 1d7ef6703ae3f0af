import type { ErrorRow } from "./error-row.ts"
import { accountErrors } from "./errors/accounts.ts"
import { dmcaErrors } from "./errors/dmca.ts"
import { hlsErrors } from "./errors/hls.ts"
import { embeddingErrors } from "./errors/embedding.ts"
import { oauthErrors } from "./errors/oauth.ts"
import { playErrors } from "./errors/plays.ts"
import { paymentErrors } from "./errors/payments.ts"
import { platformErrors } from "./errors/platform.ts"
import { profileErrors } from "./errors/profiles.ts"
import { requestErrors } from "./errors/request.ts"
export { UnsupportedTusVersion } from "./errors/uploads.ts"
import { royaltyErrors } from "./errors/royalties.ts"
import { secondFactorErrors } from "./errors/second-factor.ts"
import { signInErrors } from "./errors/sign-in.ts"
import { storageErrors } from "./errors/storage.ts"
import { distributionErrors } from "./errors/distribution.ts"
import { subscriptionErrors } from "./errors/subscriptions.ts"
import { trackErrors } from "./errors/tracks.ts"
import { uploadErrors } from "./errors/uploads.ts"

export {
  InvalidRequest,
  BodyTooLarge,
  UnsupportedMediaType,
  MissingCredentials,
  CsrfRefused,
  RateLimited,
  RouteNotFound,
  MethodNotAllowed,
  DeadlineExceeded,
  InternalError
} from "./errors/request.ts"

export { EmbeddingFormatUnknown, NothingToEmbed } from "./errors/embedding.ts"

/** The one table from errors to HTTP: status, stable code, message. Whatever is not in it cannot leave a handler. */
export const errorTable = {
  ...requestErrors,
  ...platformErrors,
  ...signInErrors,
  ...secondFactorErrors,
  ...oauthErrors,
  ...accountErrors,
  ...profileErrors,
  ...trackErrors,
  ...dmcaErrors,
  ...playErrors,
  ...hlsErrors,
  ...storageErrors,
  ...embeddingErrors,
  ...uploadErrors,
  ...paymentErrors,
  ...distributionErrors,
  ...subscriptionErrors,
  ...royaltyErrors
} as const

export type ErrorTag = keyof typeof errorTable

export const isErrorTag = (tag: string): tag is ErrorTag => Object.hasOwn(errorTable, tag)

/** The row of an error that came up, or undefined for a defect. */
export const rowOf = (error: unknown): ErrorRow | undefined =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  typeof error._tag === "string" &&
  isErrorTag(error._tag)
    ? errorTable[error._tag]
    : undefined

/** The codecs of the errors that an endpoint declares. */
export const failures = <const Tags extends ReadonlyArray<ErrorTag>>(
  ...tags: Tags
): ReadonlyArray<(typeof errorTable)[Tags[number]]["codec"]> => tags.map((tag) => errorTable[tag].codec)
