import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Api } from "./api.ts"

/** How the client introduces itself. */
export interface ClientOptions {
  /** For example `http://localhost:8080`. */
  readonly baseUrl: string
  readonly accessToken?: string | undefined
}

/**
 * A typed client derived from the contract: answers are decoded, failures are the classes that the use-cases fail with.
 */
export const makeClient = (options: ClientOptions) =>
  HttpApiClient.make(Api, {
    baseUrl: options.baseUrl,
    transformClient: HttpClient.mapRequest((request) =>
      options.accessToken === undefined ? request : HttpClientRequest.bearerToken(request, options.accessToken)
    )
  }).pipe(Effect.provide(FetchHttpClient.layer))
