import { S3Client } from "@aws-sdk/client-s3"
import { Effect, Redacted, type Scope } from "effect"

export interface S3Settings {
  /** Undefined: Amazon's own, by region. */
  readonly endpoint: string | undefined
  /** Where clients reach the same store, if that is another address (S3_PUBLIC_ENDPOINT). */
  readonly publicEndpoint: string | undefined
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: Redacted.Redacted<string>
  readonly secretAccessKey: Redacted.Redacted<string>
  readonly forcePathStyle: boolean
}

/** Milliseconds: until a connection is there, and until the next byte moves on it. */
const connectionTimeout = 3000
const socketTimeout = 15_000
/** How often the client sends a request that has no streamed body. */
const maxAttempts = 3

const nothing = () => {}
/** What fails is logged where it is known what it means; the client would write to the console of whoever runs it. */
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

/**
 * A client for one endpoint, until the scope closes. Checksums beyond the protocol's own are left out: many stores that
 * speak S3 refuse them, and some keep their framing as content. The body's SHA-256 is signed instead (see `putObject`).
 */
export const s3Client = (
  settings: S3Settings,
  endpoint: string | undefined
): Effect.Effect<S3Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new S3Client({
          region: settings.region,
          ...(endpoint === undefined ? {} : { endpoint }),
          forcePathStyle: settings.forcePathStyle,
          credentials: {
            accessKeyId: Redacted.value(settings.accessKeyId),
            secretAccessKey: Redacted.value(settings.secretAccessKey)
          },
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
          maxAttempts,
          logger: silent,
          requestHandler: { connectionTimeout, socketTimeout }
        })
    ),
    (client) => Effect.sync(() => client.destroy())
  )
