import Router from "@koa/router"
import { Context, Effect, Exit, Schema, SchemaIssue } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup } from "effect/http-api"
import type { Actor } from "@veza/domain/kernel"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import { InvalidRequest } from "../contract/errors.ts"
import { RouteRules, type Rules } from "../contract/rules.ts"
import { Exchange, type ExchangeState, type KoaContext } from "./exchange.ts"
import type { RunRequest } from "./fibers.ts"
import { admit, identifyCaller } from "./guards.ts"
import { readJson } from "./json-body.ts"
import { Limits } from "./limits.ts"
import { replyFailure, replyJson, setCaching } from "./reply.ts"
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

type AnyHandler = (
  request: object
) => Effect.Effect<unknown, unknown, Services | RequestActor | SignedInActor | Exchange>

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Makes the reader of one part of a request; its faults name their fields. */
const reader = (schema: Schema.Top | undefined, part: string) => {
  if (schema === undefined) return undefined
  const decode = Schema.decodeUnknownEffect(asCodec(schema), { errors: "all" })
  return (input: unknown) =>
    Effect.mapError(
      decode(input),
      (error) =>
        new InvalidRequest({
          faults: formatIssues(error.issue).issues.map(({ path, message }) => ({
            field: path === undefined || path.length === 0 ? part : path.map(String).join("."),
            message: message === "Missing key" ? "is required" : message
          }))
        })
    )
}

/** Reflection hands schemas out without their types; those of a contract need no services and may be used as they are. */
const asCodec = (schema: Schema.Top): Schema.Codec<unknown, unknown> => schema as never

const encoders = (successes: ReadonlyMap<number, ReadonlyArray<Schema.Top>>) =>
  new Map(
    [...successes].flatMap(([status, [schema]]) =>
      schema === undefined ? [] : [[status, Schema.encodeUnknownEffect(asCodec(schema))] as const]
    )
  )

interface Reply {
  readonly status: number
  readonly body: string
}

const nothing = {}
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/**
 * A handler asks for somebody signed in only where its route requires that, by its type; the guards have seen to it that
 * there is somebody. Reflection has lost that knowledge.
 */
const asComplete = (services: Context.Context<RequestActor | Exchange>) =>
  services as Context.Context<RequestActor | Exchange | SignedInActor>

const accountOf = (body: unknown): string | undefined =>
  typeof body === "object" && body !== null && "email" in body && typeof body.email === "string"
    ? body.email
    : undefined

/** Milliseconds after which a raw exchange ends, whatever it does. */
const capOf = (rules: Rules, deadline: number, toMillis: (input: NonNullable<Rules["raw"]>["totalCap"]) => number) =>
  rules.raw === undefined ? deadline : toMillis(rules.raw.totalCap)

export interface Routes {
  readonly router: Router<ExchangeState>
  /** Routes without parameters by method and path: found by one look instead of a walk over every pattern. */
  readonly fixed: ReadonlyMap<string, (ctx: KoaContext) => Promise<void>>
}

export interface InterpreterOptions {
  readonly run: RunRequest<Services>
  /** Milliseconds to the headers of a JSON answer (HANDLER_TIMEOUT). */
  readonly deadline: number
  readonly toMillis: (input: NonNullable<Rules["raw"]>["totalCap"]) => number
}

/**
 * Serves the contract: for each declared route the guards in their fixed order, the decoding of what was declared, the
 * handler, the envelope. One effect a request, made of generators that exist once.
 */
export const toRouter = <const Id extends string, G extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, G>,
  handlers: HandlersOf<HttpApi.HttpApi<Id, G>, Services>,
  options: InterpreterOptions
): Routes => {
  const router = new Router<ExchangeState>({ strict: false })
  const fixed = new Map<string, (ctx: KoaContext) => Promise<void>>()
  const routes: Array<{ readonly path: string; readonly register: () => void }> = []
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ group, endpoint, successes, mergedAnnotations }) => {
      const rules = Context.get(mergedAnnotations, RouteRules)
      if (rules === undefined) throw new Error(`${endpoint.method} ${endpoint.path} declares no rules`)
      const params = reader(endpoint.params, "path")
      const query = reader(endpoint.query && Schema.toCodecArrayFromSingle(endpoint.query), "query")
      const headers = reader(endpoint.headers, "headers")
      const payload = reader(endpoint.payload.get("application/json")?.schemas[0], "body")
      const encode = encoders(successes)
      const groupHandlers: Record<string, AnyHandler> = (handlers as never)[group.identifier]
      const handler = groupHandlers[endpoint.identifier]
      if (handler === undefined) throw new Error(`${group.identifier}.${endpoint.identifier} has no handler`)

      const readRequest = Effect.fnUntraced(function* (ctx: KoaContext, body: unknown) {
        const request: Record<string, unknown> = {}
        if (params !== undefined) request["params"] = yield* params(ctx["params"])
        if (query !== undefined) request["query"] = yield* query(ctx.query)
        if (headers !== undefined) request["headers"] = yield* headers(ctx.headers)
        if (payload !== undefined) request["payload"] = yield* payload(body)
        return request
      })
      const readsNothing = params === undefined && query === undefined && headers === undefined && payload === undefined
      const identified = identifyCaller(rules)

      const answer = (ctx: KoaContext, actor: Actor, request: object) => {
        setCaching(ctx, rules, actor._tag === "SignedIn")
        const anonymous = Context.make(RequestActor, actor).pipe(Context.add(Exchange, ctx))
        const services = actor._tag === "SignedIn" ? Context.add(anonymous, SignedInActor, actor) : anonymous
        return Effect.flatMap(Effect.provideContext(handler(request), asComplete(services)), (data) =>
          encoded(ctx, data)
        )
      }
      /** The bytes of an answer that is the same object as long as nothing changed are kept with it. */
      const kept = new WeakMap<object, string>()
      const encoded = (ctx: KoaContext, data: unknown): Effect.Effect<Reply | undefined> => {
        // A raw handler that answered itself has no data left to send.
        if (data === undefined || ctx.respond === false) return Effect.succeed(undefined)
        const status = encode.has(ctx.status) ? ctx.status : (encode.keys().next().value ?? 200)
        const known = rules.stable === true && isObject(data) ? kept.get(data) : undefined
        if (known !== undefined) return Effect.succeed({ status, body: known })
        const encoder = encode.get(status)
        if (encoder === undefined) return Effect.succeed(undefined)
        return Effect.map(Effect.orDie(encoder({ success: true, data, error: null })), (value) => {
          const body = JSON.stringify(value)
          if (rules.stable === true && isObject(data)) kept.set(data, body)
          return { status, body }
        })
      }
      const respond = (ctx: KoaContext, body: unknown) =>
        Effect.flatMap(identified(ctx), (actor) =>
          readsNothing
            ? answer(ctx, actor, nothing)
            : Effect.flatMap(readRequest(ctx, body), (request) => answer(ctx, actor, request))
        )
      const respondToBody = Effect.fnUntraced(function* (ctx: KoaContext) {
        const body = yield* readJson(ctx)
        const account = rules.limit === "login" ? accountOf(body) : undefined
        if (account !== undefined) yield* (yield* Limits).byAccount(ctx, account)
        return yield* respond(ctx, body)
      })
      const program = (ctx: KoaContext) =>
        Effect.flatMap(admit(ctx, rules), () => (payload === undefined ? respond(ctx, undefined) : respondToBody(ctx)))
      const cap = capOf(rules, options.deadline, options.toMillis)
      const pattern = endpoint.path
      const serve = async (ctx: KoaContext): Promise<void> => {
        ctx.state.route = pattern
        const pending = options.run(program(ctx), ctx, cap)
        const outcome = pending instanceof Promise ? await pending : pending
        if (replyFailure(ctx, outcome) || Exit.isFailure(outcome.exit)) return
        const reply = outcome.exit.value
        if (reply !== undefined) replyJson(ctx, rules, reply.status, reply.body)
      }
      routes.push({
        path: pattern,
        register: () => {
          router.register(pattern, [endpoint.method], serve)
          if (specificity(pattern) > 0) return
          for (const method of endpoint.method === "GET" ? ["GET", "HEAD"] : [endpoint.method]) {
            fixed.set(`${method} ${pattern.replace(/(?<=.)\/$/u, "")}`, serve)
          }
        }
      })
    }
  })
  for (const route of routes.toSorted((a, b) => specificity(a.path) - specificity(b.path))) route.register()
  return { router, fixed }
}

/** Static segments are tried before parameters: the fewer parameters the earlier. */
const specificity = (path: string): number => path.split("/").filter((segment) => segment.startsWith(":")).length
