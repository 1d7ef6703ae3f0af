import { Context, Duration, Effect, Layer, type Scope } from "effect"
import { requestLog } from "@veza/adapters/observability"
import type { Logger } from "pino"
import { adapters, announceChoice, installationSecret } from "@veza/adapters/composition"
import type { Settings } from "@veza/adapters/config"
import { KeyUsage } from "@veza/domain/accounts"
import { AccessLog, prepareAccessLog } from "@veza/domain/platform"
import { Api } from "./contract/api.ts"
import { auth, meAtOnce, users } from "./handlers/accounts.ts"
import { apiKeys } from "./handlers/api-keys.ts"
import { userAdministration } from "./handlers/administration.ts"
import { audit } from "./handlers/audit.ts"
import { dmca } from "./handlers/dmca.ts"
import { emailChange } from "./handlers/email-change.ts"
import { secondFactor } from "./handlers/second-factor.ts"
import { legal, preferences } from "./handlers/preferences.ts"
import { paymentWebhooks } from "./handlers/payment-webhooks.ts"
import { plays } from "./handlers/plays.ts"
import { profiles } from "./handlers/profiles.ts"
import { ownData } from "./handlers/own-data.ts"
import { hls } from "./handlers/hls.ts"
import { oauth } from "./handlers/oauth.ts"
import { releases } from "./handlers/releases.ts"
import { storeWebhooks } from "./handlers/store-webhooks.ts"
import { submissions } from "./handlers/submissions.ts"
import { subscriptions } from "./handlers/subscriptions.ts"
import { tokenKeys } from "./handlers/token-keys.ts"
import { documents } from "./handlers/documents.ts"
import { admin, health as healthHandlers } from "./handlers/platform.ts"
import { HostSettings, type Services } from "./koa/services.ts"
import { embedding } from "./handlers/embedding.ts"
import { royalties } from "./handlers/royalties.ts"
import { streamServer } from "./handlers/stream-server.ts"
import { trackEditing } from "./handlers/track-editing.ts"
import { trackImages } from "./handlers/track-images.ts"
import { tracks } from "./handlers/tracks.ts"
import { streamAtOnce, fingerprintOfUpload } from "./handlers/tracks-raw.ts"
import { fingerprintOfBeginning, uploads } from "./handlers/uploads.ts"
import { health } from "./health.ts"
import { accessRecorder, accessRecording } from "./koa/access-recorder.ts"
import { type AppOptions, makeApp } from "./koa/app.ts"
import { csrf } from "./koa/csrf.ts"
import { requestFibers } from "./koa/fibers.ts"
import { makeGuards } from "./koa/guards.ts"
import { toRouter } from "./koa/interpreter.ts"
import { Limits, limits as makeLimits, type LimitSettings } from "./koa/limits.ts"
import { ResponseCache, responseCache } from "./koa/response-cache.ts"
import { listen } from "./koa/server.ts"

const handlers = {
  health: healthHandlers,
  documents,
  auth,
  oauth,
  tokenKeys,
  users,
  secondFactor,
  emailChange,
  profiles,
  preferences,
  legal,
  ownData,
  apiKeys,
  tracks,
  trackEditing,
  streamServer,
  dmca,
  plays,
  hls,
  trackImages,
  embedding,
  uploads,
  paymentWebhooks,
  releases,
  storeWebhooks,
  submissions,
  subscriptions,
  royalties,
  admin,
  userAdministration,
  audit
}

/** The limiters as the settings have them. */
export const limitSettings = (settings: Settings): LimitSettings => ({
  disabled: settings.DISABLE_RATE_LIMIT_FOR_TESTS,
  global: { name: "global", limit: settings.RATE_LIMIT_LIMIT, windowSeconds: settings.RATE_LIMIT_WINDOW },
  media: { name: "media", limit: settings.MEDIA_RATE_LIMIT_PER_MINUTE, windowSeconds: 60 },
  register: { name: "register", limit: settings.AUTH_RATE_LIMIT_REGISTER_PER_HOUR, windowSeconds: 3600 },
  notice: { name: "notice", limit: settings.DMCA_NOTICE_RATE_LIMIT_PER_HOUR, windowSeconds: 3600 },
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
  },
  keyReads: { name: "key-reads", limit: settings.API_KEY_RATE_LIMIT_READS_PER_HOUR, windowSeconds: 3600 },
  keyWrites: { name: "key-writes", limit: settings.API_KEY_RATE_LIMIT_WRITES_PER_HOUR, windowSeconds: 3600 }
})

const withoutSlash = (url: string): string => url.replace(/\/+$/u, "")

/** What only this host knows, over the adapters. */
export const hostServices = (settings: Settings, version: string, accepting: () => boolean) =>
  Layer.mergeAll(
    Layer.succeed(HostSettings, {
      cookies: { secure: !settings.relaxed },
      streamIdle: Duration.toMillis(settings.STREAM_IDLE_TIMEOUT),
      frontendUrl: withoutSlash(settings.FRONTEND_URL),
      publicUrl: withoutSlash(settings.PUBLIC_URL)
    }),
    Layer.unwrap(
      Effect.map(installationSecret(settings), (secret) =>
        csrf({ secret, allowedOrigins: settings.CORS_ALLOWED_ORIGINS, disabled: settings.CSRF_DISABLED })
      )
    ),
    makeLimits(limitSettings(settings)),
    responseCache(settings.RESPONSE_CACHE_TTLS),
    KeyUsage.layer,
    health(settings, version, accepting)
  ).pipe(Layer.provideMerge(adapters(settings, "veza-api")))

export interface ApiHost {
  /** The port that is listened on. */
  readonly port: number
}

/** Serves the contract over the given services until the scope closes; port 0 takes any. */
export const serveOver = Effect.fnUntraced(function* (
  settings: Settings,
  services: Context.Context<Services | AccessLog>,
  log: AppOptions["log"]
): Effect.fn.Return<ApiHost, unknown, Scope.Scope> {
  const fibers = yield* Effect.provideContext(requestFibers<Services>(), services)
  const limits = Context.get(services, Limits)
  const routes = toRouter(Api, handlers, {
    run: fibers.run,
    guards: makeGuards(services),
    limits,
    cache: Context.get(services, ResponseCache),
    deadline: Duration.toMillis(settings.HANDLER_TIMEOUT),
    toMillis: (input) => Duration.toMillis(Duration.fromInputUnsafe(input)),
    atOnce: { auth: { me: meAtOnce(services) }, tracks: { stream: streamAtOnce(services) } },
    rawFingerprints: { "tracks.upload": fingerprintOfUpload, "uploads.begin": fingerprintOfBeginning }
  })
  const calls = yield* Effect.provideContext(accessRecorder(accessRecording), services)
  const app = makeApp({
    allowedOrigins: settings.CORS_ALLOWED_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    strictTransport: !settings.relaxed,
    routes,
    run: fibers.run,
    limits,
    recordCall: calls.record,
    log
  })
  const server = yield* listen(app, { port: settings.APP_PORT, drain: settings.SHUTDOWN_TIMEOUT })
  const address = server.address()
  return { port: typeof address === "object" && address !== null ? address.port : settings.APP_PORT }
})

/** A process that cannot make room yet still serves: what is called waits in the default partition. */
const prepared = Effect.catchCause(prepareAccessLog(), (cause) =>
  Effect.logWarning("no room was made for the calls of today", cause)
)

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
  const services = yield* Layer.build(hostServices(settings, version, () => accepting))
  yield* announceChoice(settings)
  yield* Effect.provideContext(prepared, services)
  const host = yield* serveOver(settings, services, requestLog(log))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      accepting = false
    })
  )
  return host
})
