import { Duration, Effect, Layer, type Scope } from "effect"
import type { Logger } from "pino"
import { adapters, announceChoice, installationSecret } from "@veza/adapters/composition"
import type { Settings } from "@veza/adapters/config"
import { Api } from "./contract/api.ts"
import { auth, users } from "./handlers/accounts.ts"
import { documents } from "./handlers/documents.ts"
import { admin, health as healthHandlers } from "./handlers/platform.ts"
import { HostSettings, type Services } from "./koa/services.ts"
import { tracks } from "./handlers/tracks.ts"
import { health } from "./health.ts"
import { makeApp } from "./koa/app.ts"
import { csrf } from "./koa/csrf.ts"
import { requestFibers } from "./koa/fibers.ts"
import { toRouter } from "./koa/interpreter.ts"
import { limits, type LimitSettings } from "./koa/limits.ts"
import { listen } from "./koa/server.ts"

const handlers = { health: healthHandlers, documents, auth, users, tracks, admin }

const limitSettings = (settings: Settings): LimitSettings => ({
  disabled: settings.DISABLE_RATE_LIMIT_FOR_TESTS,
  global: { name: "global", limit: settings.RATE_LIMIT_LIMIT, windowSeconds: settings.RATE_LIMIT_WINDOW },
  media: { name: "media", limit: settings.MEDIA_RATE_LIMIT_PER_MINUTE, windowSeconds: 60 },
  register: { name: "register", limit: settings.AUTH_RATE_LIMIT_REGISTER_PER_HOUR, windowSeconds: 3600 },
  login: {
    name: "login",
    limit: settings.AUTH_RATE_LIMIT_LOGIN_ATTEMPTS,
    windowSeconds: Math.max(1, Duration.toSeconds(settings.AUTH_RATE_LIMIT_LOGIN_WINDOW))
  },
  user: {
    name: "user",
    limit: settings.USER_RATE_LIMIT_PER_MINUTE,
    windowSeconds: 60,
    burst: settings.USER_RATE_LIMIT_BURST
  }
})

/** What only this host knows, over the adapters. */
const hostServices = (settings: Settings, version: string, accepting: () => boolean) =>
  Layer.mergeAll(
    Layer.succeed(HostSettings, {
      cookies: { secure: !settings.relaxed },
      streamIdle: Duration.toMillis(settings.STREAM_IDLE_TIMEOUT)
    }),
    Layer.unwrap(
      Effect.map(installationSecret(settings), (secret) =>
        csrf({ secret, allowedOrigins: settings.CORS_ALLOWED_ORIGINS, disabled: settings.CSRF_DISABLED })
      )
    ),
    limits(limitSettings(settings)),
    health(settings, version, accepting)
  ).pipe(Layer.provideMerge(adapters(settings, "veza-api")))

export interface ApiHost {
  /** The port that is listened on. */
  readonly port: number
}

/**
 * Runs the HTTP host until the scope closes. Closing it first answers "not ready", then lets the requests under way end
 * within SHUTDOWN_TIMEOUT, then closes what they used.
 */
export const serveApi = Effect.fn("http.serve")(function* (
  settings: Settings,
  version: string,
  log: Logger
): Effect.fn.Return<ApiHost, unknown, Scope.Scope> {
  let accepting = true
  const context = yield* Layer.build(hostServices(settings, version, () => accepting))
  yield* announceChoice(settings)
  const fibers = yield* Effect.provide(requestFibers<Services>(), context)
  const routes = toRouter(Api, handlers, {
    run: fibers.run,
    deadline: Duration.toMillis(settings.HANDLER_TIMEOUT),
    toMillis: (input) => Duration.toMillis(Duration.fromInputUnsafe(input))
  })
  const app = makeApp({
    allowedOrigins: settings.CORS_ALLOWED_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    routes,
    run: fibers.run,
    log: (level, line) => log[level](line, "request")
  })
  const server = yield* listen(app, { port: settings.APP_PORT, drain: settings.SHUTDOWN_TIMEOUT })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      accepting = false
    })
  )
  const address = server.address()
  return { port: typeof address === "object" && address !== null ? address.port : settings.APP_PORT }
})
