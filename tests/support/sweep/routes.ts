import { Context, type Schema } from "effect"
import { HttpApi } from "effect/http-api"
import { Api, RouteRules } from "@veza/http-koa/contract"

/** A declared route with what it reads. */
export interface SweptRoute {
  readonly method: string
  readonly path: string
  readonly params: Schema.Top | undefined
  readonly query: Schema.Top | undefined
  readonly headers: Schema.Top | undefined
  readonly body: Schema.Top | undefined
  /** Keys that are not declared are refused. */
  readonly closed: boolean
  readonly idempotent: boolean
}

/** Every route of the contract. */
export const sweptRoutes = (): ReadonlyArray<SweptRoute> => {
  const routes: Array<SweptRoute> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, mergedAnnotations }) => {
      const rules = Context.get(mergedAnnotations, RouteRules)
      routes.push({
        method: endpoint.method,
        path: endpoint.path,
        params: endpoint.params,
        query: endpoint.query,
        headers: endpoint.headers,
        body: endpoint.payload.get("application/json")?.schemas[0],
        closed: rules?.closedBody === true,
        idempotent: rules?.idempotent === true
      })
    }
  })
  return routes
}
