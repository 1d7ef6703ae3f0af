import Router from "@koa/router"
import { Cause, Context, Effect, Exit } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup } from "effect/http-api"
import type { Actor } from "@veza/domain/kernel"
import { MissingCredentials } from "../contract/errors.ts"
import { RequestActor, RequiresSession, SessionActor, SignedInActor } from "../contract/actors.ts"
import { RouteRules, type Rules } from "../contract/rules.ts"
import { Exchange, type ExchangeState, type KoaContext } from "./exchange.ts"
import { type Reply, replyWriter, requestReader } from "./codecs.ts"
import type { Outcome, RunRequest } from "./fibers.ts"
import type { Guards } from "./guards.ts"
import { answerOnce, type RawFingerprint } from "./idempotency.ts"
import { readJson } from "./json-body.ts"
import type { Limits } from "./limits.ts"
import { setCaching, setCommonHeaders } from "./headers.ts"
import { replyFailure, replyJson } from "./reply.ts"
import type { ResponseCache } from "./response-cache.ts"
import { RouteTable } from "./route-table.ts"
import type { Services } from "./services.ts"

type DataOf<Success> = Success extends { readonly data: infer Data } ? Data : void
type RequestOf<E> = Omit<HttpApiEndpoint.Request<E>, "request" | "endpoint" | "group">

/** A handler answers the data of its endpoint or one of the errors the endpoint declares; anything else does not compile. */
export type HandlerOf<E, R> = E extends HttpApiEndpoint.ConstraintRequest
  ? (
      request: RequestOf<E>
    ) => Effect.Effect<
      DataOf<E["~Success"]["Type"]>,
      E["~Error"]["Type"],
      R | RequestActor | Exchange | HttpApiEndpoint.MiddlewareProvides<E>
    >
  : never

export type HandlersOf<A, R> =
  A extends HttpApi.HttpApi<string, infer G>
    ? {
        readonly [Name in HttpApiGroup.Identifier<G>]: {
          readonly [E in HttpApiGroup.EndpointsWithIdentifier<G, Name> as E["identifier"]]: HandlerOf<E, R>
        }
      }
    : never

/**
 * Answers a route at the call, where all that it needs is known without waiting: with its data, or on a raw route with
 * true when it has sent them. Undefined, or false, leaves the request to its handler, untouched.
 */
export type AtOnceOf<A> =
  A extends HttpApi.HttpApi<string, infer G>
    ? {
        readonly [Name in HttpApiGroup.Identifier<G>]?: {
          readonly [
            E in HttpApiGroup.EndpointsWithIdentifier<G, Name> as E["identifier"]
          ]?: E extends HttpApiEndpoint.ConstraintRequest
            ? (
                ctx: KoaContext,
                actor: Actor,
                request: RequestOf<E>,
                rules: Rules
              ) => [DataOf<E["~Success"]["Type"]>] extends [void] ? boolean : DataOf<E["~Success"]["Type"]> | undefined
            : never
        }
      }
    : never
type AnyAtOnce = (ctx: KoaContext, actor: Actor, request: object, rules: Rules) => unknown

type Handled = Services | RequestActor | SignedInActor | SessionActor | Exchange
type AnyHandler = (request: object) => Effect.Effect<unknown, unknown, Handled>

/**
 * What a handler may ask for beyond the services of the host. It asks for somebody signed in only where its route
 * requires that, by its type; the guards have seen to it that there is somebody. Reflection has lost that knowledge.
 * Adding to the context it has costs nothing near what merging two does.
 */
const withCaller = (base: Context.Context<Services>, ctx: KoaContext, actor: Actor) => {
  const anybody = Context.add(Context.add(base, RequestActor, actor), Exchange, ctx)
  if (actor._tag === "Anonymous") return anybody as Context.Context<Handled>
  const signedIn = Context.add(anybody, SignedInActor, actor)
  return actor.by === "session" ? Context.add(signedIn, SessionActor, actor) : (signedIn as Context.Context<Handled>)
}

const accountOf = (body: unknown): string | undefined =>
  typeof body === "object" && body !== null && "email" in body && typeof body.email === "string"
    ? body.email
    : undefined

/** Milliseconds after which a raw exchange ends, whatever it does. */
const capOf = (rules: Rules, deadline: number, toMillis: (input: NonNullable<Rules["raw"]>["totalCap"]) => number) =>
  rules.raw === undefined ? deadline : toMillis(rules.raw.totalCap)

type Serve = (ctx: KoaContext) => Promise<void> | undefined

export interface Routes {
  readonly router: Router<ExchangeState>
  /** The same routes for plain paths: found by their segments instead of a walk over every pattern. */
  readonly table: RouteTable<Serve>
}

export interface InterpreterOptions<A> {
  readonly atOnce: AtOnceOf<A>
  readonly run: RunRequest<Services>
  readonly guards: Guards
  readonly limits: Limits["Service"]
  readonly cache: ResponseCache["Service"]
  /** Milliseconds to the headers of a JSON answer (HANDLER_TIMEOUT). */
  readonly deadline: number
  readonly toMillis: (input: NonNullable<Rules["raw"]>["totalCap"]) => number
  /** How the bodies of raw routes that honour an Idempotency-Key are read for comparison only, by `group.endpoint`. */
  readonly rawFingerprints: Readonly<Record<string, RawFingerprint>>
}

/**
 * Serves the contract: for each declared route the guards in their fixed order, the decoding of what was declared, the
 * handler, the envelope. What is known without waiting is done at once; only the handler runs as a fiber, and only
 * where it is not done already.
 */
export const toRouter = <const Id extends string, G extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, G>,
  handlers: HandlersOf<HttpApi.HttpApi<Id, G>, Services>,
  options: InterpreterOptions<HttpApi.HttpApi<Id, G>>
): Routes => {
  const { guards, limits } = options
  const shortcuts: Readonly<Record<string, Readonly<Record<string, AnyAtOnce>>>> = Object(options.atOnce)
  /** Where the answer to an anonymous reader is kept, on routes that share theirs. */
  const placeOf = (ctx: KoaContext, { shared }: Rules) => {
    if (shared === undefined || (ctx.querystring !== "" && "share" in ctx.query)) return undefined
    const about: unknown = shared.param === undefined ? "" : ctx["params"][shared.param]
    return typeof about === "string" ? options.cache.place(shared.kind, about.toLowerCase(), ctx.url) : undefined
  }
  const router = new Router<ExchangeState>({ strict: false })
  const table = new RouteTable<Serve>()
  const routes: Array<{ readonly path: string; readonly register: () => void }> = []
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ group, endpoint, successes, mergedAnnotations }) => {
      const rules = Context.get(mergedAnnotations, RouteRules)
      if (rules === undefined) throw new Error(`${endpoint.method} ${endpoint.path} declares no rules`)
      const groupHandlers: Record<string, AnyHandler> = (handlers as never)[group.identifier]
      const handler = groupHandlers[endpoint.identifier]
      if (handler === undefined) throw new Error(`${group.identifier}.${endpoint.identifier} has no handler`)

      const shortcut = shortcuts[group.identifier]?.[endpoint.identifier]

      const { read, readsBody } = requestReader(endpoint, rules.closedBody === true)
      const write = replyWriter(successes, rules.stable === true)
      const inPerson = endpoint.middlewares.has(RequiresSession)

      const answer = (ctx: KoaContext, actor: Actor, request: object) => {
        const known = shortcut?.(ctx, actor, request, rules)
        if (known === true) return Effect.succeed(undefined)
        if (known !== undefined && known !== false) return write(ctx, known)
        if (rules.raw !== undefined) {
          setCommonHeaders(ctx)
          setCaching(ctx, rules, actor._tag === "SignedIn")
        }
        const handled = Effect.updateContext(handler(request), (base: Context.Context<Services>) =>
          withCaller(base, ctx, actor)
        )
        return Effect.flatMap(handled, (data) => write(ctx, data))
      }
      const cap = capOf(rules, options.deadline, options.toMillis)
      const once = answerOnce(rules, {
        route: `${endpoint.method} ${endpoint.path}`,
        longest: cap,
        ofRaw: options.rawFingerprints[`${group.identifier}.${endpoint.identifier}`]
      })
      const respond = (ctx: KoaContext, body: unknown) =>
        Effect.flatMapEager(guards.identify(ctx, rules, inPerson), (actor) => {
          const place = actor._tag === "Anonymous" ? placeOf(ctx, rules) : undefined
          if (place?.found !== undefined) return Effect.succeed(place.found)
          const made = Effect.flatMapEager(read(ctx, body), (request) => {
            const work = answer(ctx, actor, request)
            return once === undefined ? work : once(ctx, actor, body, work)
          })
          return place === undefined ? made : Effect.map(made, (reply) => reply && place.keep(reply))
        })
      const respondToBody = Effect.fnUntraced(function* (ctx: KoaContext) {
        const body = yield* readJson(ctx)
        const account = rules.limit === "login" ? accountOf(body) : undefined
        if (account !== undefined) yield* limits.byAccount(ctx, account)
        return yield* respond(ctx, body)
      })
      const program = (ctx: KoaContext) =>
        Effect.flatMapEager(guards.admit(ctx, rules), () => (readsBody ? respondToBody(ctx) : respond(ctx, undefined)))
      const pattern = endpoint.path
      const reply = (ctx: KoaContext, outcome: Outcome<Reply | undefined, unknown>): void => {
        if (Exit.isFailure(outcome.exit) && rules.probe === true) {
          ctx.state.quiet = Cause.squash(outcome.exit.cause) instanceof MissingCredentials
        }
        if (replyFailure(ctx, outcome) || Exit.isFailure(outcome.exit)) return
        const { value } = outcome.exit
        if (value !== undefined) replyJson(ctx, rules, value)
      }
      const serve: Serve = (ctx) => {
        ctx.state.route = pattern
        if (rules.headers !== undefined) ctx.set(rules.headers)
        const outcome = options.run(program(ctx), ctx, cap)
        if (outcome instanceof Promise) return outcome.then((late) => reply(ctx, late))
        reply(ctx, outcome)
        return undefined
      }
      routes.push({
        path: pattern,
        register: () => {
          router.register(pattern, [endpoint.method], async (ctx) => serve(ctx))
          for (const method of endpoint.method === "GET" ? ["GET", "HEAD"] : [endpoint.method]) {
            table.add(method, pattern, serve)
          }
        }
      })
    }
  })
  for (const route of routes.toSorted((a, b) => specificity(a.path) - specificity(b.path))) route.register()
  return { router, table }
}

/** Static segments are tried before parameters: the fewer parameters the earlier. */
const specificity = (path: string): number => path.split("/").filter((segment) => segment.startsWith(":")).length
