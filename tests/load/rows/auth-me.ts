import { compare } from "../support/compare.ts"
import { comparisonLines, type Row } from "../support/row.ts"

const connections = 64
const wanted = { ratio: 0.5, requestsPerSecond: 5000 }

/** `GET /auth/me` with all its checks beside a bare Koa that answers constant JSON. */
const authMe =
  (
    how: string,
    api: "api" | "api-redis",
    credentials: (token: string) => Readonly<Record<string, string>>,
    by: "token" | "apiKey" = "token"
  ): Row =>
  async (world, options) => {
    const server = await world.server(api)
    const headers = credentials(await world[by](server))
    const bare = {
      name: "Koa, constant JSON",
      server: await world.server("koa-hello"),
      target: { path: "/", connections }
    }
    const ours = { name: "Veza", server, target: { path: "/api/v1/auth/me", connections, headers } }
    const result = await compare(options, bare, ours)
    const perSecond = result.ours.requestsPerSecond
    return {
      title: `GET /auth/me, ${how}`,
      lines: comparisonLines(result, bare, ours),
      goals: [
        { text: `ratio >= ${wanted.ratio}`, met: result.byRequests >= wanted.ratio },
        { text: `>= ${wanted.requestsPerSecond} req/s`, met: perSecond >= wanted.requestsPerSecond }
      ],
      data: result
    }
  }

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

export const meByBearer = authMe("Bearer, limits in memory", "api", bearer)
export const meByCookie = authMe("cookie, limits in memory", "api", (token) => ({ Cookie: `access_token=${token}` }))
export const meByKey = authMe("API key, limits in memory", "api", (key) => ({ "X-API-Key": key }), "apiKey")
export const meWithRedis = authMe("Bearer, limits in Redis", "api-redis", bearer)
