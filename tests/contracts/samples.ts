import { DateTime, Effect } from "effect"
import { type NewUser, type Session, Sessions, Users } from "@veza/domain/accounts"
import { Ids, SessionId, UserId } from "@veza/domain/kernel"
import { type AudioFacts, Track, TrackId, Tracks } from "@veza/domain/tracks"

/** The day on which the contracts play; whole milliseconds, which every adapter keeps. */
const morning = DateTime.makeUnsafe("2026-03-01T08:00:00.000Z")
export const at = (seconds: number): DateTime.Utc => DateTime.add(morning, { seconds })
/** Before anything in the contracts was made: nothing counts as abandoned. */
export const longAgo = DateTime.makeUnsafe("1999-01-01T00:00:00.000Z")

const entity = Ids.use((ids) => ids.entity)
export const newUserId = Effect.map(entity, (id) => UserId.make(id))
export const newSessionId = Effect.map(entity, (id) => SessionId.make(id))
export const newTrackId = Effect.map(entity, (id) => TrackId.make(id))

/** A registration with a name and an address of its own, unless `given` says otherwise. */
export const newUser = Effect.fnUntraced(function* (given: Partial<NewUser> = {}) {
  const id = yield* newUserId
  return {
    id,
    email: `${id}@example.org`,
    username: id.replaceAll("-", "").slice(0, 30),
    passwordHash: `hash of ${id}`,
    birthdate: undefined,
    role: "user",
    isVerified: false,
    createdAt: at(0),
    ...given
  } satisfies NewUser
})

export const addUser = Effect.fnUntraced(function* (given: Partial<NewUser> = {}) {
  const user: NewUser = yield* newUser(given)
  yield* (yield* Users).add(user, longAgo)
  return user
})

const newSession = Effect.fnUntraced(function* (userId: UserId, given: Partial<Session>) {
  const id = yield* newSessionId
  return {
    id,
    userId,
    ip: "192.0.2.1",
    userAgent: "contract",
    createdAt: at(0),
    expiresAt: at(7 * 86_400),
    lifetime: 7 * 86_400,
    authenticatedAt: at(0),
    secondFactorAt: null,
    ...given
  } satisfies Session
})

export const addSession = Effect.fnUntraced(function* (userId: UserId, given: Partial<Session> = {}) {
  const session: Session = yield* newSession(userId, given)
  yield* (yield* Sessions).add(session)
  return session
})

type TrackFields = ConstructorParameters<typeof Track>[0]

/** A track just taken in, still in `processing`. */
export const newTrack = Effect.fnUntraced(function* (userId: UserId, given: Partial<TrackFields> = {}) {
  const id = yield* newTrackId
  return new Track({
    id,
    userId,
    title: "Untitled",
    artist: null,
    album: null,
    genre: null,
    year: null,
    bpm: null,
    musicalKey: null,
    tags: [],
    lyrics: null,
    description: null,
    isrc: null,
    isPublic: true,
    downloadable: false,
    status: "processing",
    statusMessage: null,
    scanStatus: "clean",
    format: "flac",
    sizeBytes: 1_000_000,
    contentHash: id,
    storageBackend: "local",
    storageKey: `tracks/${userId}/${id}.flac`,
    durationMs: null,
    codec: null,
    bitrate: null,
    sampleRate: null,
    channels: null,
    lossless: null,
    hasWaveform: false,
    blockedAt: null,
    hlsReady: false,
    loudness: null,
    cover: null,
    likeCount: 0,
    playCount: 0,
    createdAt: at(0),
    updatedAt: at(0),
    ...given
  })
})

export const addTrack = Effect.fnUntraced(function* (userId: UserId, given: Partial<TrackFields> = {}) {
  const track = yield* newTrack(userId, given)
  yield* (yield* Tracks).add(track)
  return track
})

export const facts: AudioFacts = {
  durationMs: 180_000,
  codec: "FLAC",
  bitrate: 900_000,
  sampleRate: 44_100,
  channels: 2,
  lossless: true
}

/** A track that is ready to be heard. */
export const addReadyTrack = Effect.fnUntraced(function* (
  userId: UserId,
  given: Partial<TrackFields> = {},
  durationMs: number = facts.durationMs
) {
  const track = yield* addTrack(userId, given)
  yield* (yield* Tracks).markReady(track.id, { facts: { ...facts, durationMs }, tags: {}, peaks: undefined }, at(1))
  return track
})

const patience = 3000

/** Waits, for half a minute at most, until `condition` holds; answers whether it did. */
export const eventually = Effect.fnUntraced(function* <E, R>(condition: Effect.Effect<boolean, E, R>) {
  for (let i = 0; i < patience; i++) {
    if (yield* condition) return true
    yield* Effect.sleep("10 millis")
  }
  return false
})
