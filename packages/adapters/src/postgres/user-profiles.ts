import { DateTime, Effect, Layer, Option, Schema } from "effect"
import {
  type Profile,
  type ProfileFields,
  type Renaming,
  SocialLinks,
  User,
  UserProfiles,
  UsernameTaken
} from "@veza/domain/accounts"
import { followedCache, type UserId } from "@veza/domain/kernel"
import { SqlError } from "effect/sql"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { accountsTopic, capacity, orUnavailable, trustFor } from "./principals.ts"
import { userColumns, UserRow } from "./users.ts"

const Image = Schema.Struct({
  storageKey: Schema.String,
  contentHash: Schema.String,
  changedAt: Schema.DateTimeUtcFromString
})
const ProfileRow = Schema.Struct({
  ...UserRow.fields,
  bio: Schema.NullOr(Schema.String),
  socialLinks: Schema.toType(SocialLinks),
  isPrivate: Schema.Boolean,
  usernameChangedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  avatar: Schema.NullOr(Image),
  banner: Schema.NullOr(Image)
})
const decode = Schema.decodeUnknownEffect(ProfileRow)

const image = (kind: string) => `(
  SELECT json_build_object('storageKey', storage_key, 'contentHash', content_hash,
    'changedAt', to_char(changed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  FROM profile_images WHERE user_id = users.id AND kind = '${kind}') AS ${kind}`

const selectProfile = `SELECT ${userColumns}, username_changed_at AS "usernameChangedAt", bio,
  coalesce(social_links, '{}') AS "socialLinks", coalesce(is_private, false) AS "isPrivate", ${image("avatar")},
  ${image("banner")}
  FROM users LEFT JOIN user_profiles ON user_id = users.id`

const toProfile = ({
  bio,
  socialLinks,
  isPrivate,
  usernameChangedAt,
  avatar,
  banner,
  ...user
}: typeof ProfileRow.Type): Profile => ({
  user: new User(user),
  bio,
  socialLinks,
  isPrivate,
  avatar,
  banner,
  usernameChangedAt
})

const firstOf = ([row]: ReadonlyArray<object>) =>
  row === undefined
    ? Effect.succeed(Option.none<Profile>())
    : Effect.map(decode(row), (found) => Option.some(toProfile(found)))

/** What must not be kept: nobody, or somebody who has not confirmed their address and may do so without announcing it. */
class Passing {
  readonly _tag = "Passing"
  readonly found: Option.Option<Profile>
  constructor(found: Option.Option<Profile>) {
    this.found = found
  }
}

const isUniqueViolation = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && error.reason._tag === "UniqueViolation"

export const userProfilesPostgres = Layer.effect(
  UserProfiles,
  Effect.gen(function* () {
    const { sql, read } = yield* Database
    const select = read.literal(selectProfile)
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (id: string) =>
        Effect.flatMap(orUnavailable(bounded(Effect.flatMap(read`${select} WHERE id = ${id}`, firstOf))), (found) =>
          Option.isSome(found) && found.value.user.isVerified
            ? Effect.succeed(found.value)
            : Effect.fail(new Passing(found))
        )
    })

    const given = <A>(value: A | undefined, fallback: A) => [value !== undefined, value ?? fallback] as const
    const change = Effect.fnUntraced(function* (id: UserId, fields: ProfileFields) {
      const [hasName, displayName] = given(fields.displayName, null)
      const [hasBirthdate, birthdate] = given(fields.birthdate, null)
      const [hasBio, bio] = given(fields.bio, null)
      const [hasLinks, links] = given(fields.socialLinks, {})
      const [hasPrivate, isPrivate] = given(fields.isPrivate, false)
      const rows = yield* sql`
        WITH account AS (
          UPDATE users SET updated_at = now(),
            display_name = CASE WHEN ${hasName} THEN ${displayName} ELSE display_name END,
            birthdate = CASE WHEN ${hasBirthdate} THEN ${birthdate}::date ELSE birthdate END
          WHERE id = ${id} RETURNING id)
        INSERT INTO user_profiles AS p (user_id, bio, social_links, is_private)
        SELECT id, ${bio}, ${JSON.stringify(links)}::jsonb, ${isPrivate} FROM account
        ON CONFLICT (user_id) DO UPDATE SET
          bio = CASE WHEN ${hasBio} THEN excluded.bio ELSE p.bio END,
          social_links = CASE WHEN ${hasLinks} THEN excluded.social_links ELSE p.social_links END,
          is_private = CASE WHEN ${hasPrivate} THEN excluded.is_private ELSE p.is_private END
        RETURNING 1`
      return rows.length > 0
    })

    const rename = Effect.fnUntraced(function* (id: UserId, renaming: Renaming) {
      const { username, at, changedBefore, heldUntil, abandonedBefore } = renaming
      yield* sql`
        DELETE FROM users WHERE lower(username) = lower(${username}) AND NOT is_verified
          AND created_at < ${DateTime.toDate(abandonedBefore)} AND id <> ${id}`
      const renamed = yield* sql`
        WITH former AS (SELECT id, username FROM users WHERE id = ${id} FOR UPDATE),
        renamed AS (
          UPDATE users SET username = ${username}, username_changed_at = ${DateTime.toDate(at)}, updated_at = now()
          FROM former WHERE users.id = former.id
            AND (username_changed_at IS NULL OR username_changed_at <= ${DateTime.toDate(changedBefore)})
          RETURNING former.username)
        INSERT INTO held_usernames (name, user_id, held_until)
        SELECT lower(username), ${id}, ${DateTime.toDate(heldUntil)} FROM renamed
        ON CONFLICT (name) DO UPDATE SET user_id = excluded.user_id, held_until = excluded.held_until
        RETURNING 1`
      if (renamed.length === 0) return false
      // After the name is ours: who gave it up at the same moment has written by now that it is held.
      const held = yield* sql`
        SELECT 1 FROM held_usernames
        WHERE name = lower(${username}) AND user_id <> ${id} AND held_until > ${DateTime.toDate(at)}`
      return held.length === 0 ? true : yield* new UsernameTaken()
    })

    return UserProfiles.of({
      byId: (id) =>
        Effect.map(cache.get(id), Option.some).pipe(Effect.catchTag("Passing", ({ found }) => Effect.succeed(found))),
      byUsername: (username) =>
        orUnavailable(bounded(Effect.flatMap(read`${select} WHERE lower(username) = lower(${username})`, firstOf))),
      change: (id, fields) => bounded(change(id, fields)),
      rename: (id, renaming) =>
        Effect.flatMap(
          bounded(
            sql.withTransaction(rename(id, renaming)).pipe(
              Effect.catchTag("UsernameTaken", () => Effect.succeed("taken" as const)),
              Effect.catchIf(isUniqueViolation, () => Effect.succeed("taken" as const))
            )
          ),
          (outcome) => (outcome === "taken" ? Effect.fail(new UsernameTaken()) : Effect.succeed(outcome))
        ),
      isHeld: (username, at) =>
        Effect.map(
          bounded(sql`
            SELECT 1 FROM held_usernames WHERE name = lower(${username}) AND held_until > ${DateTime.toDate(at)}`),
          (rows) => rows.length > 0
        ),
      forgetHeld: (at) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM held_usernames WHERE name IN (
                SELECT name FROM held_usernames WHERE held_until <= ${DateTime.toDate(at)} LIMIT ${batchSize})
              RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
