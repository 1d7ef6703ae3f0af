import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { RouteNotFound } from "../contract/errors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { replyError } from "../koa/reply.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["documents"]

const send = (ctx: KoaContext, type: string, body: string | Buffer): void => {
  ctx.status = 200
  ctx.type = type
  ctx.body = body
}

const metrics: Handlers["metrics"] = Effect.fnUntraced(function* () {
  send(yield* Exchange, "text/plain; version=0.0.4; charset=utf-8", yield* PrometheusMetrics.format())
})

const resolve = createRequire(import.meta.url).resolve

/** The committed copy, which CI keeps fresh: making it anew would cost every start a quarter of a second. */
const document = resolve("@veza/http-koa/openapi.json")
const openapi: Handlers["openapi"] = Effect.fnUntraced(function* () {
  send(yield* Exchange, "application/json", yield* Effect.promise(() => readFile(document)))
})

const assets = dirname(resolve("swagger-ui-dist/package.json"))
const served: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png"
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Veza API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="page.js"></script>
</body>
</html>
`
const script = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, tryItOutEnabled: true })\n`

/** Everything the page loads is our own; only inline styles are Swagger UI's. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"

const swagger: Handlers["swagger"] = Effect.fnUntraced(function* ({ params: { file } }) {
  const ctx = yield* Exchange
  ctx.set("Content-Security-Policy", policy)
  if (file === "index.html") return send(ctx, "text/html; charset=utf-8", page)
  if (file === "page.js") return send(ctx, "text/javascript; charset=utf-8", script)
  const type = Object.hasOwn(served, file) ? served[file] : undefined
  if (type === undefined) return replyError(ctx, new RouteNotFound())
  send(ctx, type, yield* Effect.promise(() => readFile(join(assets, file))))
})

export const documents: Handlers = { metrics, openapi, swagger }
