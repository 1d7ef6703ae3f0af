import { randomUUID } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { listenerDigests } from "@veza/adapters/crypto"
import { memoryAdapters } from "@veza/adapters/memory"
import { type Actor, SessionId, UserId } from "@veza/domain/kernel"
import { PlaySessionId, Plays, reportPlay, rollUpPlays, type TrackId, Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser } from "../contracts/samples.ts"

type Who = "owner" | "ada" | "bob" | "visitor" | "another visitor" | "shy visitor"
const people = ["owner", "ada", "bob", "visitor", "another visitor", "shy visitor"] as const
const sessions = [0, 1, 2, 3]

/** One report: who, in which session, after how many seconds, from where in the track. */
const step = fc.record({
  who: fc.constantFrom<Who>(...people),
  session: fc.constantFrom(...sessions),
  wait: fc.integer({ min: 0, max: 40 }),
  position: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70 }))
})
const timeline = fc.array(step, { maxLength: 40 })

const durationMs = 60_000
const users = { owner: UserId.make(randomUUID()), ada: UserId.make(randomUUID()), bob: UserId.make(randomUUID()) }

const actor = (who: Who): Actor => {
  const origin = {
    ip: "192.0.2.1",
    userAgent: who,
    requestId: "r",
    ...(who === "shy visitor" ? { globalPrivacyControl: true } : {})
  }
  if (who !== "owner" && who !== "ada" && who !== "bob") return { _tag: "Anonymous", origin }
  return {
    _tag: "SignedIn",
    by: "session",
    userId: users[who],
    role: "user",
    isVerified: true,
    sessionId: SessionId.make(randomUUID()),
    authenticatedAt: 0,
    secondFactorAt: null,
    origin
  }
}

const ports = Layer.merge(memoryAdapters, listenerDigests(Redacted.make("a secret of thirty-two characters")))

/** Plays a timeline on a world of its own; answers what each report was answered, and what was counted in the end. */
const run = Effect.fnUntraced(function* (steps: ReadonlyArray<typeof step extends fc.Arbitrary<infer S> ? S : never>) {
  for (const id of Object.values(users)) yield* addUser({ id })
  const { id } = yield* addReadyTrack(users.owner, {}, durationMs)
  const ids = sessions.map(() => PlaySessionId.make(randomUUID()))
  const answers = yield* Effect.forEach(steps, ({ who, session, wait, position }) =>
    Effect.gen(function* () {
      yield* TestClock.adjust(`${wait} seconds`)
      const sessionId = ids[session] ?? PlaySessionId.make(randomUUID())
      const said = { sessionId, position, duration: undefined }
      return { who, session, ...(yield* reportPlay(actor(who), id, undefined, said)) }
    })
  )
  yield* rollUpPlays()
  return { id, answers, shown: yield* shownCount(id) }
})
const shownCount = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).playCount
  )

describe("reports of listening, whoever makes them in whatever order", () => {
  it("count a session once at most, never the owner's, and say so from then on", () =>
    fc.assert(
      fc.asyncProperty(timeline, async (steps) => {
        const program = Effect.gen(function* () {
          const { answers, shown } = yield* run(steps)
          for (const session of sessions) {
            const own = answers.filter((one) => one.session === session && one.who !== "owner")
            const first = own.findIndex(({ counted }) => counted)
            assert.isAtMost(own.filter(({ isNew }) => isNew).length, 1)
            if (first >= 0) assert.isTrue(own.slice(first).every(({ counted }) => counted))
          }
          assert.isTrue(answers.filter(({ who }) => who === "owner").every(({ counted }) => !counted))
          assert.strictEqual(shown, answers.filter(({ isNew }) => isNew).length)
          const remembered = yield* Effect.forEach(["owner", "ada", "bob"] as const, (who) =>
            Plays.use((plays) => plays.of(users[who], undefined, 100))
          )
          const byUsers = answers.filter(({ isNew, who }) => isNew && (who === "ada" || who === "bob"))
          assert.strictEqual(remembered.flat().length, byUsers.length)
          assert.deepStrictEqual(remembered[0], [])
        })
        await Effect.runPromise(program.pipe(Effect.provide(ports), Effect.provide(TestClock.layer())))
      }),
      { numRuns: 200 }
    ))
})
