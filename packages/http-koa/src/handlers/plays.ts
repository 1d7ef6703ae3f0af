import { Effect, Metric } from "effect"
import { cursorAfter } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HistoryEntry } from "../contract/plays.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import type { Services } from "../koa/services.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["plays"]

const counted = Metric.counter("veza_plays_counted_total", {
  description: "Plays of tracks that were counted",
  incremental: true
})

const report: Handlers["report"] = Effect.fnUntraced(function* ({ params, payload, query }) {
  const { session_id: sessionId, position, duration } = payload
  const reported = yield* Domain.reportPlay(yield* RequestActor, params.id, query.share, {
    sessionId,
    position,
    duration
  })
  if (reported.isNew) yield* Metric.update(counted, 1)
  return { counted: reported.counted, listened: reported.listened }
})

const dayView = ({ day, plays, listeners, completions }: Domain.PlayDay) => ({
  day,
  plays,
  unique_listeners: listeners,
  completions
})

const stats: Handlers["stats"] = Effect.fnUntraced(function* ({ params, query }) {
  const { track, period, plays, details } = yield* Domain.readStats(yield* RequestActor, params.id, query.share, query)
  const more =
    details === undefined
      ? {}
      : {
          unique_listeners: details.listeners,
          completion_rate: details.completion ?? null,
          by_day: details.days.map(dayView)
        }
  return { track_id: track.id, plays: track.playCount, likes: track.likeCount, period: { ...period, plays, ...more } }
})

const entryView = (entry: Domain.HistoryEntry): HistoryEntry => {
  if (entry._tag === "Play") return { id: entry.play.id, at: entry.play.at, type: "played" }
  const { id, at, type, madeBy, fields, isPublic } = entry.change
  return {
    id,
    at,
    type,
    by: madeBy,
    ...(fields.length === 0 ? {} : { fields }),
    ...(isPublic === undefined ? {} : { is_public: isPublic })
  }
}

const history: Handlers["history"] = Effect.fnUntraced(function* ({ params, query }) {
  const { plan, filters, page } = yield* Domain.readHistory(yield* RequestActor, params.id, query.share, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.historyList, plan, filters, page.next)
  return { list: page.items.map(entryView), pagination: pagination(page, plan, next) }
})

export const plays: Handlers = { report, stats, history }
