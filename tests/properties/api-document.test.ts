import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { openApiDocument } from "@veza/http-koa/contract"

const Operation = Schema.Struct({
  security: Schema.optionalKey(Schema.Array(Schema.Record(Schema.String, Schema.Unknown))),
  responses: Schema.Record(Schema.String, Schema.Struct({ description: Schema.String }))
})
const Document = Schema.Struct({
  paths: Schema.Record(Schema.String, Schema.Record(Schema.String, Operation)),
  components: Schema.Struct({ securitySchemes: Schema.Record(Schema.String, Schema.Unknown) })
})
const { paths, components } = Schema.decodeUnknownSync(Document)(openApiDocument())
const credentialsOf = (method: string, path: string) =>
  paths[path]?.[method]?.security?.flatMap((one) => Object.keys(one).join() || "nothing").join(" or ")

describe("the API document", () => {
  it("knows both ways of showing who one is", () => {
    expect(components.securitySchemes).toMatchObject({
      BearerAuth: { type: "http", scheme: "bearer" },
      ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" }
    })
  })

  it.each([
    ["get", "/api/v1/auth/me", "BearerAuth or ApiKeyAuth"],
    ["post", "/api/v1/tracks", "BearerAuth or ApiKeyAuth"],
    ["get", "/api/v1/tracks", "nothing or BearerAuth or ApiKeyAuth"],
    ["put", "/api/v1/admin/maintenance", "BearerAuth or ApiKeyAuth"],
    ["get", "/api/v1/auth/sessions", "BearerAuth"],
    ["put", "/api/v1/users/me/password", "BearerAuth"],
    ["get", "/api/v1/developer/api-keys", "BearerAuth"],
    ["post", "/api/v1/developer/api-keys", "BearerAuth"],
    ["delete", "/api/v1/developer/api-keys/{id}", "BearerAuth"],
    ["post", "/api/v1/developer/api-keys/{id}/rotate", "BearerAuth"]
  ])("asks at %s %s for %s", (method, path, expected) => {
    expect(credentialsOf(method, path)).toBe(expected)
  })

  it("tells everywhere but on public routes what a key may be refused with", () => {
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security = [], responses }] of Object.entries(operations)) {
        const descriptions = Object.values(responses).map(({ description }) => description)
        const isRequired = security.length > 0 && security.every((one) => Object.keys(one).length > 0)
        const tells = (code: string) => descriptions.some((text) => text.split(", ").includes(code))
        expect([method, path, tells("INSUFFICIENT_SCOPE")]).toEqual([method, path, security.length > 0])
        expect([method, path, tells("INVALID_API_KEY")]).toEqual([method, path, isRequired])
      }
    }
  })
})
