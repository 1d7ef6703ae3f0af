import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { publicRead, RouteRules } from "./rules.ts"

/** A JWK Set stands for itself, without our envelope (RFC 7517 §5, §8.5). */
export const TokenKeys = HttpApiGroup.make("tokenKeys")
  .add(
    HttpApiEndpoint.get("jwks", "/.well-known/jwks.json")
      .annotate(RouteRules, {
        ...publicRead({ cache: "brief", duringMaintenance: true }),
        raw: { totalCap: "30 seconds" },
        responses: {
          "200": {
            description: "A JWK Set; empty where a shared secret signs the tokens",
            content: { "application/jwk-set+json": { schema: { type: "object" } } }
          }
        }
      })
      .annotate(OpenApi.Summary, "The public keys that verify access tokens")
  )
  .annotate(OpenApi.Title, "Token keys")
