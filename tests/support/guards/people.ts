import { createHash, randomBytes, randomUUID } from "node:crypto"
import { SignJWT } from "jose"
import { Schema } from "effect"
import { composeApiKey } from "@veza/domain/accounts"
import type { Role } from "@veza/domain/kernel"
import { dataOf, Session } from "../product/session.ts"
import type { Product } from "../product.ts"
import type { Subject } from "./rows.ts"

/** Somebody with every kind of credential, good and bad. */
export interface Person {
  readonly id: string
  readonly username: string
  readonly role: Role
  readonly token: string
  readonly csrfToken: string
  /** Of a session that passed the second factor a day ago. */
  readonly provenToken: string
  /** Of another living session of the same person. */
  readonly strangeCsrfToken: string
  readonly expiredToken: string
  readonly endedToken: string
  readonly outdatedToken: string
  readonly strayToken: string
  readonly keys: Readonly<Record<"read" | "write" | "both" | "admin" | "ended", string>>
}

const version = 3
const scopesOf = {
  read: ["read"],
  write: ["write"],
  both: ["read", "write"],
  admin: ["admin"],
  ended: ["read", "write"]
}
const CsrfToken = Schema.Struct({ csrf_token: Schema.String })

/** Makes people and what is theirs straight in the database, as signing up and logging in would leave them. */
export const peopleOf = (product: Product) => {
  const secret = Buffer.from(product.env["JWT_SECRET"] ?? "", "utf8")

  const sign = (sub: string, sid: string, more: { readonly expiresIn?: number; readonly version?: number } = {}) => {
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({ sid, token_version: more.version ?? version, role: "user" })
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
      .setSubject(sub)
      .setIssuer("veza-api")
      .setAudience("veza-app")
      .setJti(randomUUID())
      .setIssuedAt(now - 900)
      .setExpirationTime(now + (more.expiresIn ?? 900))
      .sign(secret)
  }
  const session = async (userId: string, isRevoked = false, hasFactor = false): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO sessions (id, user_id, ip, user_agent, created_at, expires_at, lifetime, last_used_at, authenticated_at,
         revoked_at, second_factor_at)
       VALUES ($1, $2, '127.0.0.1', 'tests', now(), now() + interval '7 days', 604800, now(), now(), $3, $4)`,
      id,
      userId,
      isRevoked ? new Date() : null,
      hasFactor ? new Date(Date.now() - 86_400_000) : null
    )
    return id
  }
  const key = async (userId: string, scopes: ReadonlyArray<string>, hasEnded = false) => {
    const id = randomUUID()
    const text = composeApiKey(randomBytes(32).toString("base64url"))
    await product.query(
      `INSERT INTO api_keys (id, user_id, name, prefix, digest, scopes, created_at, revoked_at)
       VALUES ($1, $2, 'tests', $3, $4, $5, now(), $6)`,
      id,
      userId,
      text.slice(0, 12),
      createHash("sha256").update(text).digest(),
      scopes,
      hasEnded ? new Date() : null
    )
    return { id, text }
  }
  const csrfTokenOf = async (token: string): Promise<string> =>
    dataOf(CsrfToken, await new Session(product.url, token).get("/api/v1/auth/csrf")).csrf_token

  const user = async (role: Role) => {
    const id = randomUUID()
    const username = `u${randomBytes(6).toString("hex")}`
    await product.query(
      `INSERT INTO users (id, email, username, role, is_verified, token_version, created_at, updated_at)
       VALUES ($1, $2, $3, $4, true, $5, now(), now())`,
      id,
      `${username}@example.org`,
      username,
      role,
      version
    )
    return { id, username, role }
  }

  const keysOf = async (id: string) => ({
    read: (await key(id, scopesOf.read)).text,
    write: (await key(id, scopesOf.write)).text,
    both: (await key(id, scopesOf.both)).text,
    admin: (await key(id, scopesOf.admin)).text,
    ended: (await key(id, scopesOf.ended, true)).text
  })

  /** An account with two living sessions and keys of every scope. */
  const person = async (role: Role, strangeSessionId?: string): Promise<Person> => {
    const account = await user(role)
    const { id } = account
    const sid = await session(id)
    const token = await sign(id, sid)
    return {
      ...account,
      token,
      csrfToken: await csrfTokenOf(token),
      provenToken: await sign(id, await session(id, false, true)),
      strangeCsrfToken: await csrfTokenOf(await sign(id, await session(id))),
      expiredToken: await sign(id, sid, { expiresIn: -60 }),
      endedToken: await sign(id, await session(id, true)),
      outdatedToken: await sign(id, sid, { version: version - 1 }),
      strayToken: await sign(id, strangeSessionId ?? (await session((await user("user")).id))),
      keys: await keysOf(id)
    }
  }

  const track = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO tracks (id, user_id, title, is_public, downloadable, status, scan_status, format, size_bytes, content_hash,
         storage_backend, storage_key, duration_ms, created_at, updated_at)
       VALUES ($1, $2, 'Kept to myself', false, false, 'ready', 'clean', 'wav', 1, $3, 'local', $3, 1000, now(), now())`,
      id,
      userId,
      randomBytes(32).toString("hex")
    )
    return id
  }
  const shareLink = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      "INSERT INTO track_shares (id, track_id, created_by, digest, permission, created_at) VALUES ($1, $2, $3, $4, 'stream', now())",
      id,
      await track(userId),
      userId,
      randomBytes(32)
    )
    return id
  }
  const upload = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO uploads (id, user_id, kind, state, file_name, metadata, presented, length, expires_at)
       VALUES ($1, $2, 'resumable', 'uploading', 'a.wav', '{"title":"Begun"}', '', 1000, now() + interval '1 hour')`,
      id,
      userId
    )
    return id
  }
  const exportOf = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      "INSERT INTO exports (id, user_id, status, requested_at) VALUES ($1, $2, 'pending', now())",
      id,
      userId
    )
    return id
  }
  const notice = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO dmca_notices (id, track_id, owner_id, track_title, status, claimant_name, work_description, created_at)
       VALUES ($1, $2, $3, 'Kept to myself', 'received', 'A claimant', 'A work', now())`,
      id,
      await track(userId),
      userId
    )
    return id
  }
  const subscription = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO subscriptions (id, user_id, plan, plan_version, cycle, status, anchor_at, created_at, updated_at,
         ended_at, revision)
       VALUES ($1, $2, 'creator', 1, 'monthly', 'expired', now(), now(), now(), now(), 2)`,
      id,
      userId
    )
    return id
  }
  const invoice = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO invoices (id, subscription_id, user_id, number, kind, status, plan, plan_version, cycle, anchor_at,
         period_start, period_end, currency, subtotal_minor, tax_rate_bps, tax_minor, total_minor, lines, created_at,
         issued_at)
       VALUES ($1, $2, $3, $4, 'period', 'failed', 'creator', 1, 'monthly', now(), now(), now() + interval '1 month',
         'USD', 0, 0, 0, 0, '[]', now(), now())`,
      id,
      await subscription(userId),
      userId,
      `VZ-2000-${id}`
    )
    return id
  }
  const release = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO releases (id, owner_id, kind, title, details, created_at, updated_at)
       VALUES ($1, $2, 'single', 'Low Tide', '{"kind":"single","title":"Low Tide","artists":[]}', now(), now())`,
      id,
      userId
    )
    return id
  }
  const submission = async (userId: string): Promise<string> => {
    const [id, released] = [randomUUID(), await release(userId)]
    await product.query(
      `INSERT INTO submissions (id, release_id, owner_id, title, upc, release_date, created_at, updated_at)
       VALUES ($1, $2, $3, 'Low Tide', '036000291452', '2030-01-01', now(), now())`,
      id,
      released,
      userId
    )
    await product.query(
      `INSERT INTO submission_platforms (id, submission_id, release_id, platform, status, content, tracks, message, kind, sent,
         due_at, asked_at, updated_at)
       VALUES ($1, $2, $3, 'spotify', 'rejected', '{}', '{}', 1, 'new', 1, now(), now(), now())`,
      randomUUID(),
      id,
      released
    )
    return id
  }
  const royaltyImport = async (userId: string): Promise<string> => {
    const id = randomUUID()
    await product.query(
      `INSERT INTO royalty_imports (id, sha256, file_name, size_bytes, status, period, requested_by, requested_at)
       VALUES ($1, $2, 'statement.csv', 1, 'imported', '2025-11', $3, now())`,
      id,
      randomBytes(32),
      userId
    )
    return id
  }
  /** A track's earning, with nobody but its owner to share in it. */
  const royalty = async (userId: string): Promise<string> => {
    const [id, earning] = [randomUUID(), randomUUID()]
    await product.query(
      `WITH earned AS (
         INSERT INTO royalty_earnings (id, import_id, period, recording, currency, amount, amount_minor, track_id, owner_id,
           matched_at)
         VALUES ($2, $3, '2025-11', 'QZABC2600001', 'USD', 1, 100, $4, $5, now()) RETURNING *),
       shown AS (
         INSERT INTO royalties (id, import_id, earning_id, period, platform, territory, recording, currency, title, quantity,
           line_count, amount)
         SELECT $1, import_id, id, period, 'spotify', 'DE', recording, currency, 'A song', 1, 1, amount FROM earned
         RETURNING *)
       INSERT INTO royalty_claims (user_id, period, royalty_id, is_owner, share_bps)
       SELECT $5, period, id, true, 10000 FROM shown`,
      id,
      earning,
      await royaltyImport(userId),
      await track(userId),
      userId
    )
    return id
  }
  const make: Readonly<Record<Subject, (userId: string) => Promise<string>>> = {
    profile: async (userId) => userId,
    session: (userId) => session(userId),
    "api key": async (userId) => (await key(userId, scopesOf.read)).id,
    export: exportOf,
    "private track": track,
    "share link": shareLink,
    notice,
    upload,
    release,
    submission,
    subscription,
    invoice,
    "royalty import": royaltyImport,
    royalty
  }
  /** Something new of somebody's; its id. */
  const newSubject = (kind: Subject, owner: Person): Promise<string> => make[kind](owner.id)

  return { person, newSubject }
}
