import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { DateTime, Duration, Effect } from "effect"
import type { LinkTerms } from "@veza/domain/tracks"

/** An address at which the store hands an object to whoever holds it (SigV4 in the query). No call is made. */
export const presign = Effect.fnUntraced(function* (client: S3Client, bucket: string, key: string, terms: LinkTerms) {
  const input = {
    Bucket: bucket,
    Key: key,
    ResponseContentType: terms.contentType,
    ...(terms.disposition === undefined ? {} : { ResponseContentDisposition: terms.disposition })
  }
  const options = {
    expiresIn: Duration.toSeconds(terms.lifetime),
    signingDate: DateTime.toDate(yield* DateTime.now)
  }
  return yield* Effect.promise(() =>
    terms.method === "HEAD"
      ? getSignedUrl(client, new HeadObjectCommand(input), options)
      : getSignedUrl(client, new GetObjectCommand(input), options)
  )
})
