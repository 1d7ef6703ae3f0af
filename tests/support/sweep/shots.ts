import { Schema } from "effect"
import { absent, exampleOf, fieldsOf, fits, holding } from "./fields.ts"
import { hostileTexts, hostileValues } from "./hostile.ts"
import type { SweptRoute } from "./routes.ts"
import type { Shot } from "./wire.ts"

/** One request of the sweep. */
export interface Attempt {
  /** The route and the field. */
  readonly place: string
  readonly what: string
  readonly shot: Shot
  /** The field that must be named, where the request is outside its schema. */
  readonly outside: string | undefined
}

const json = { "content-type": "application/json" }
const shorten = (value: unknown) => String(JSON.stringify(value)).slice(0, 60)

/** Lone surrogates cannot travel in an address, nor can what is longer than Node reads headers (16 KiB). */
const travels = (text: string) => text.isWellFormed() && encodeURIComponent(text).length < 8000

interface Parts {
  readonly params: Readonly<Record<string, string>>
  readonly query: ReadonlyArray<readonly [string, string]>
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const exampleOfPart = (schema: Schema.Top | undefined): Record<string, string> => {
  const example = schema === undefined ? {} : exampleOf(schema.ast)
  return Object.fromEntries(Object.entries(Object(example)).map(([key, value]) => [key, String(value)]))
}

/** The attempts on one route; whatever has the shape of an id is `id`. */
export const attemptsOn = (route: SweptRoute, id: string): ReadonlyArray<Attempt> => {
  const params = Object.fromEntries(
    Object.entries(exampleOfPart(route.params)).map(([key, value]) => [
      key,
      /^[0-9a-f-]{36}$/u.test(value) ? id : value
    ])
  )
  const body = route.body === undefined ? undefined : exampleOf(route.body.ast)
  const query = Object.entries(exampleOfPart(route.query))
  const usual: Parts = { params, query, headers: exampleOfPart(route.headers), body }

  const shotOf = (parts: Parts): Shot => {
    const path = route.path.replace(/:(\w+)/gu, (_, name: string) => encodeURIComponent(parts.params[name] ?? ""))
    const search = parts.query.map((pair) => pair.map(encodeURIComponent).join("=")).join("&")
    return {
      method: route.method,
      path: search === "" ? path : `${path}?${search}`,
      headers: { ...parts.headers, ...(parts.body === undefined ? {} : json) },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) })
    }
  }
  const attempt = (part: string, field: string, value: unknown, fine: boolean, parts: Partial<Parts>): Attempt => {
    const place = `${route.method} ${route.path} ${part} ${field}`
    const what = `${place} = ${shorten(value)}`
    return { place, what, shot: shotOf({ ...usual, ...parts }), outside: fine ? undefined : field }
  }

  const inBody = (schema: Schema.Top): ReadonlyArray<Attempt> =>
    fieldsOf(schema.ast).flatMap(({ path, ast }) =>
      hostileValues(ast)
        .filter((value) => value !== absent || !["0", undefined].includes(path.at(-1)))
        .map((value) => {
          const whole = holding(schema.ast, path, value)
          const place = path.join(".")
          return attempt("body", place === "" ? "body" : place, value, fits(schema, whole, route.closed), {
            body: whole
          })
        })
    )

  const inQuery = (schema: Schema.Top): ReadonlyArray<Attempt> => {
    const read = Schema.toCodecArrayFromSingle(schema)
    return fieldsOf(schema.ast).flatMap(({ path: [name], ast }) => {
      if (name === undefined) return []
      const others = query.filter(([key]) => key !== name)
      const texts = hostileTexts(ast).filter(travels)
      return [...texts.map((text) => [text]), ["a", "b"], ["1", "1"]].map((values) => {
        const asked = { ...Object.fromEntries(others), [name]: values.length === 1 ? values[0] : values }
        const pairs = [...others, ...values.map((value) => [name, value] as const)]
        return attempt("query", name, values, fits(read, asked, false), { query: pairs })
      })
    })
  }

  const inPath = (schema: Schema.Top): ReadonlyArray<Attempt> =>
    fieldsOf(schema.ast).flatMap(({ path: [name], ast }) =>
      name === undefined
        ? []
        : hostileTexts(ast)
            .filter((text) => travels(text) && !/^\.*$/u.test(text))
            .map((text) => {
              const asked = { ...params, [name]: text }
              return attempt("path", name, text, fits(schema, asked, false), { params: asked })
            })
    )

  const inHeaders = (schema: Schema.Top): ReadonlyArray<Attempt> =>
    fieldsOf(schema.ast).flatMap(({ path: [name], ast }) =>
      name === undefined
        ? []
        : hostileTexts(ast)
            .filter((text) => /^[\x21-\xff](?:[\x20-\xff]*[\x21-\xff])?$/u.test(text))
            .map((text) => {
              const asked = { ...usual.headers, [name]: text }
              return attempt("header", name, text, fits(schema, asked, false), { headers: asked })
            })
    )

  const keys = ["", "é", "x".repeat(256)].map((key) =>
    attempt("header", "Idempotency-Key", key, false, { headers: { "idempotency-key": key } })
  )
  return [
    ...(route.params === undefined ? [] : inPath(route.params)),
    ...(route.query === undefined ? [] : inQuery(route.query)),
    ...(route.headers === undefined ? [] : inHeaders(route.headers)),
    ...(route.body === undefined ? [] : inBody(route.body)),
    ...(route.idempotent ? keys : [])
  ]
}
