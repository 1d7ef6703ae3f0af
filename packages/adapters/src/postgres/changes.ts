import { Effect, Layer, Queue, Schema } from "effect"
import { Changes } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

const channel = "veza_changes"
/** How often the epochs are read; with it no process trusts what it has for more than a second (05-decisions). */
const pollEvery = 500
const pollTimeout = "900 millis"

const Announcement = Schema.fromJsonString(
  Schema.Struct({ topic: Schema.String, key: Schema.NullOr(Schema.String), epoch: Schema.Int })
)
const decodeAnnouncement = Schema.decodeUnknownOption(Announcement)

type Listener = (key: string | undefined) => void

/** What this process has heard of each topic, and whom it tells. */
class Topics {
  readonly #epochs = new Map<string, number>()
  readonly #listeners = new Map<string, Set<Listener>>()
  follow(topic: string, listener: Listener): () => void {
    const set = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, set.add(listener))
    return () => {
      set.delete(listener)
    }
  }
  tell(topic: string, key: string | undefined): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(key)
  }
  /** One change was announced. An epoch that is not the next one means that others were missed. */
  heard(topic: string, key: string | undefined, epoch: number): void {
    const known = this.#epochs.get(topic)
    if (known !== undefined && epoch <= known) return
    this.#epochs.set(topic, epoch)
    this.tell(topic, known !== undefined && epoch === known + 1 ? key : undefined)
  }
  /** The epochs as they are now, to compare with what is read later. */
  known(): ReadonlyMap<string, number> {
    return new Map(this.#epochs)
  }
  /**
   * The table says so: whatever was not announced in between is unknown, and so is all before the first time. An epoch
   * below the one that was known `before` it was read tells of a server that took over and had not got as far.
   */
  read(topic: string, epoch: number, before: number | undefined): void {
    const known = this.#epochs.get(topic)
    const wentBack = before !== undefined && epoch < before
    if (known !== undefined && epoch <= known && !wentBack) return
    this.#epochs.set(topic, epoch)
    this.tell(topic, undefined)
  }
}

export const changesPostgres = Layer.effect(
  Changes,
  Effect.gen(function* () {
    const { sql, read } = yield* Database
    const topics = new Topics()
    let goodUntil = Number.NEGATIVE_INFINITY

    const poll = Effect.suspend(() => {
      const begun = performance.now()
      const before = topics.known()
      return Effect.map(
        Effect.timeout(
          read<{ topic: string; epoch: number }>`SELECT topic, epoch::float8 AS epoch FROM change_epochs`,
          pollTimeout
        ),
        (rows) => {
          for (const { topic, epoch } of rows) topics.read(topic, epoch, before.get(topic))
          goodUntil = begun
        }
      )
    })
    const listen = Effect.scoped(
      Effect.flatMap(sql.listen(channel), (notifications) =>
        Effect.forever(
          Effect.map(Queue.take(notifications), ({ payload }) => {
            const announced = decodeAnnouncement(payload)
            if (announced._tag === "Some")
              topics.heard(announced.value.topic, announced.value.key ?? undefined, announced.value.epoch)
          })
        )
      )
    )
    yield* Effect.ignoreCause(poll)
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(pollEvery), Effect.ignoreCause(poll))))
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.ignoreCause(listen), Effect.sleep("1 second"))))

    return Changes.of({
      announce: Effect.fnUntraced(function* (topic, key) {
        yield* bounded(sql`
          WITH next AS (
            INSERT INTO change_epochs (topic, epoch) VALUES (${topic}, 1)
            ON CONFLICT (topic) DO UPDATE SET epoch = change_epochs.epoch + 1 RETURNING epoch)
          SELECT pg_notify(${channel}, json_build_object('topic', ${topic}::text, 'key', ${key ?? null}::text, 'epoch', epoch)::text)
          FROM next`)
        yield* sql.afterCommit(Effect.sync(() => topics.tell(topic, key)))
      }),
      follow: (topic, listener) =>
        Effect.asVoid(
          Effect.acquireRelease(
            Effect.sync(() => topics.follow(topic, listener)),
            (stop) => Effect.sync(stop)
          )
        ),
      age: () => performance.now() - goodUntil
    })
  })
)
