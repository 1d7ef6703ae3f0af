import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import {
  beginListening,
  isComplete,
  isPlay,
  type Listening,
  type ListeningReport,
  listenOn,
  playThreshold,
  slackOf
} from "@veza/domain/tracks"

interface Step {
  /** Milliseconds since the report before; a clock of another machine may be behind. */
  readonly wait: number
  readonly to: number
  readonly heard: number | undefined
}

const duration = fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 900_000 }))
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.integer({ min: -5000, max: 40_000 })),
  to: fc.oneof(fc.constant(0), fc.integer({ min: -10, max: 1_000_000 })),
  heard: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined })
})
const timeline = fc.array(step, { minLength: 1, maxLength: 30 })
/** Somebody who only listens, and whose client reports as well as it can. */
const listener = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 30 })

const reports = (steps: ReadonlyArray<Step>): ReadonlyArray<ListeningReport> => {
  let at = 1_000_000_000
  return steps.map(({ wait, to, heard }) => ({ at: (at += wait), positionMs: to, heardMs: heard }))
}

/** Every state that a session goes through. */
const statesOf = (all: ReadonlyArray<ListeningReport>, durationMs: number): ReadonlyArray<Listening> => {
  const [first, ...rest] = all
  if (first === undefined) return []
  const states = [beginListening(first, durationMs)]
  for (const report of rest) {
    const last = states.at(-1)
    if (last !== undefined) states.push(listenOn(last, report, durationMs))
  }
  return states
}

/** Every state of every timeline has the property. */
const always = (holds: (state: Listening, durationMs: number, before: Listening | undefined) => boolean) =>
  fc.assert(
    fc.property(timeline, duration, (steps, durationMs) => {
      const states = statesOf(reports(steps), durationMs)
      return states.every((state, n) => holds(state, durationMs, states[n - 1]))
    }),
    { numRuns: 1000 }
  )

describe("listening", () => {
  it("is never longer than the time since the first report, but for the slack", () =>
    always(
      ({ beganAt, reportedAt, listenedMs }, durationMs) => listenedMs <= reportedAt - beganAt + slackOf(durationMs)
    ))

  it("never shrinks, nor does the furthest place, nor time", () =>
    always(
      (state, _, before) =>
        before === undefined ||
        (state.listenedMs >= before.listenedMs &&
          state.furthestMs >= before.furthestMs &&
          state.reportedAt >= before.reportedAt)
    ))

  it("stays within the track, whatever a client says", () =>
    always(
      ({ positionMs, furthestMs }, durationMs) =>
        positionMs >= 0 && positionMs <= durationMs && furthestMs >= 0 && furthestMs <= durationMs
    ))

  it("is no play at the first report, nor below the threshold, and once it is a play it stays one", () =>
    always((state, durationMs, before) => {
      if (before === undefined) return !isPlay(state, durationMs)
      if (isPlay(before, durationMs)) return isPlay(state, durationMs)
      return isPlay(state, durationMs) === state.listenedMs >= playThreshold(durationMs)
    }))

  it("to the end is always a play, too", () =>
    always((state, durationMs) => durationMs === 0 || !isComplete(state, durationMs) || isPlay(state, durationMs)))

  it("counts nothing for jumping forward or going back", () =>
    always((state, durationMs, before) => {
      if (before === undefined) return true
      const moved = state.positionMs - before.positionMs
      const elapsed = state.reportedAt - before.reportedAt
      const listened = moved > 0 && moved <= 2 * elapsed + slackOf(durationMs)
      return listened || (state.listenedMs === before.listenedMs && state.furthestMs === before.furthestMs)
    }))

  it("never adds more than the client moved on", () =>
    always(
      (state, _, before) =>
        before === undefined ||
        state.listenedMs - before.listenedMs <= Math.max(0, state.positionMs - before.positionMs)
    ))

  it("believes a client that counts less itself", () =>
    fc.assert(
      fc.property(timeline, duration, fc.nat({ max: 60_000 }), (steps, durationMs, heard) => {
        const modest = reports(steps.map((one) => ({ ...one, heard })))
        return statesOf(modest, durationMs).every(({ listenedMs }) => listenedMs <= heard)
      })
    ))

  it("of somebody who only listens counts every second of it, and is a play when the threshold has passed", () =>
    fc.assert(
      fc.property(listener, fc.integer({ min: 1, max: 900_000 }), (waits, durationMs) => {
        let at = 0
        const all = [0, ...waits].map((wait) => ({ at: (at += wait), positionMs: at, heardMs: undefined }))
        for (const [n, state] of statesOf(all, durationMs).entries()) {
          const heard = Math.min(all[n]?.at ?? 0, durationMs)
          assert.strictEqual(state.listenedMs, heard)
          assert.strictEqual(isPlay(state, durationMs), heard >= playThreshold(durationMs))
          assert.strictEqual(isComplete(state, durationMs), heard >= durationMs * 0.9)
        }
      })
    ))

  it("of somebody whose reports come up to a second late misses no more than that", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 2000, max: 20_000 }), fc.integer({ min: 0, max: 1000 })), {
          minLength: 2,
          maxLength: 30
        }),
        (waits) => {
          let position = 0
          const all = waits.map(([wait, late]) => ({
            at: (position += wait) + late,
            positionMs: position,
            heardMs: undefined
          }))
          const first = all[0]?.positionMs ?? 0
          const state = statesOf(all, 900_000).at(-1)
          assert.isAtLeast(state?.listenedMs ?? 0, position - first - 1000)
        }
      )
    ))
})

describe("the threshold of a play", () => {
  it("is 30 seconds or half of the track, whichever is less, and never nothing", () => {
    assert.deepStrictEqual(
      [0, 1, 999, 20_000, 59_999, 60_000, 600_000].map(playThreshold),
      [1, 1, 500, 10_000, 30_000, 30_000, 30_000]
    )
  })
})
