import { Context, Effect, Layer, ManagedRuntime, Option } from "effect"
import { loadSettings } from "@veza/adapters/config"
import { AccessTokens, KeyPrincipals, Principals, Profiles } from "@veza/domain/accounts"
import type { StoredFile } from "@veza/domain/kernel"
import { RateLimiter } from "@veza/domain/platform"
import { type Delivery, TrackFiles, Tracks } from "@veza/domain/tracks"
import { hostServices, limitSettings, serveOver } from "@veza/http-koa/host"
import { limits } from "@veza/http-koa/koa/limits"
import { ResponseCache } from "@veza/http-koa/koa/response-cache"
import type { Services } from "@veza/http-koa/koa/services"

class Host extends Context.Service<Host, string>()("@veza/tests/GeneralHost") {}

const peek = () => undefined
const toBeRead = ({ size, modifiedAt, read }: StoredFile): StoredFile => ({ size, modifiedAt, read })
const readDelivery = (delivery: Delivery): Delivery =>
  delivery._tag === "Here" ? { ...delivery, file: toBeRead(delivery.file) } : delivery

/** Services that know nothing without waiting, so that no short cut can be taken over them. */
const forgetful = <R>(services: Context.Context<R | Services>) => {
  const files = Context.get(services, TrackFiles)
  const deliver: typeof files.deliver = (place, terms) =>
    Effect.map(files.deliver(place, terms), Option.map(readDelivery))
  return services.pipe(
    Context.add(AccessTokens, { ...Context.get(services, AccessTokens), peek }),
    Context.add(Principals, { ...Context.get(services, Principals), peek }),
    Context.add(KeyPrincipals, { ...Context.get(services, KeyPrincipals), peek }),
    Context.add(Profiles, { ...Context.get(services, Profiles), peek }),
    Context.add(Tracks, { ...Context.get(services, Tracks), peekSound: peek }),
    Context.add(TrackFiles, { ...files, peek, deliver }),
    Context.add(ResponseCache, { place: peek })
  )
}

const host = (home: string, env: Readonly<Record<string, string>>) =>
  Layer.effect(
    Host,
    Effect.gen(function* () {
      const settings = yield* loadSettings({ ...env, APP_PORT: "0" }, home)
      const services = yield* Layer.build(hostServices(settings, "test", () => true))
      const { take } = Context.get(services, RateLimiter)
      const waiting = yield* Layer.build(
        limits(limitSettings(settings)).pipe(Layer.provide(Layer.succeed(RateLimiter, RateLimiter.of({ take }))))
      )
      const { port } = yield* serveOver(settings, Context.merge(forgetful(services), waiting), () => {})
      return `http://127.0.0.1:${port}`
    })
  )

/** Serves, in this process, what another process of the product serves, by the general way alone. */
export const startGeneralHost = async (home: string, env: Readonly<Record<string, string>>) => {
  const runtime = ManagedRuntime.make(host(home, env))
  return { url: await runtime.runPromise(Host), stop: () => runtime.dispose() }
}
