import { randomBytes, randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Redacted } from "effect"
import sharp from "sharp"
import { startSandboxStores } from "@veza/adapters/distributor"
import { gtinCheckDigit } from "@veza/domain/distribution"
import { ReleaseView, SubmissionView } from "@veza/http-koa/contract"
import type { Account } from "./product/accounts.ts"
import { makeAudio } from "./product/audio.ts"
import { eventually } from "./product/eventually.ts"
import { dataOf, type Reply, type Session } from "./product/session.ts"
import { uploadReady } from "./product/upload.ts"
import { type Product, startProduct } from "./product.ts"

export const releases = "/api/v1/distribution/releases"
export const submissions = "/api/v1/distribution/submissions"

/** The sandbox stores in this process, and the product that reaches them. */
export const startWithStores = async (env: Readonly<Record<string, string>> = {}) => {
  const secret = randomBytes(24).toString("hex")
  // Stores are told where to call back when the product has begun: its port is chosen by then.
  const settings = { port: 0, secret: Redacted.make(secret), callbackUrl: "", delay: 50 }
  const stores = await startSandboxStores(settings)
  const product = await startProduct({
    env: {
      CLAMAV_REQUIRED: "false",
      DISTRIBUTOR: "sandbox",
      DISTRIBUTION_SECRET: secret,
      STORES_SANDBOX_PORT: new URL(stores.url).port,
      ...env
    }
  }).catch(async (error: unknown) => {
    await stores.close()
    throw error
  })
  settings.callbackUrl = product.url
  return {
    product,
    stores: stores.stores,
    secret: Redacted.make(secret),
    stop: async () => {
      await product.stop()
      await stores.close()
    }
  }
}

/** Gives somebody a plan: paid for the month, or waiting for its payment. */
export const givePlan = async (product: Product, user: string, paid = true): Promise<void> => {
  await product.query(
    `INSERT INTO subscriptions (id, user_id, plan, plan_version, cycle, status, anchor_at, period_start, period_end,
       trial_ends_at, created_at, updated_at, revision)
     SELECT $1, $2, 'premium', 1, 'monthly', $3, now(), now(), now() + interval '14 days', now() + interval '14 days',
       now(), now(), 1`,
    randomUUID(),
    user,
    paid ? "trialing" : "pending_payment"
  )
}

/** A UPC that no other test has. */
export const newUpc = (): string => {
  const digits = String(BigInt(`0x${randomBytes(6).toString("hex")}`) % 10n ** 11n).padStart(11, "0")
  return `${digits}${gtinCheckDigit(digits)}`
}

/** A cover as stores want it. */
export const cover = (side = 3000, format: "jpeg" | "png" = "jpeg"): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: 20, g: 90, b: 160 } } })
    .toFormat(format)
    .toBuffer()

export const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

let prefixes = 0
/** A release of these tracks that nothing is wrong with, but for its cover. */
export const draftOf = (tracks: ReadonlyArray<string>, more: object = {}) => ({
  kind: tracks.length > 1 ? "ep" : "single",
  title: "Low Tide",
  artists: [{ name: "Aïcha Söhne", role: "primary", isni: "0000 0001 2150 090X" }],
  label: "Harbour Records",
  genre: "Electronic",
  language: "en",
  explicit: false,
  p_line: { year: 2026, owner: "Harbour Records" },
  c_line: { year: 2026, owner: "Harbour Records" },
  upc: newUpc(),
  isrc_prefix: `QZ${String(prefixes++ % 1000).padStart(3, "0")}`,
  tracks: tracks.map((track_id) => ({
    track_id,
    contributors: [{ name: "Maria <Luz> & Co", roles: ["composer", "producer"], ipi: "00014107338" }],
    shares: [
      { name: "Maria Luz", share_bps: 7000 },
      { name: "Jo", share_bps: 3000 }
    ]
  })),
  ...more
})

/** Uploads a track and waits until it is ready. */
export const newTrack = async (product: Product, session: Session, title = "Undertow"): Promise<string> => {
  const bytes = await readFile(await makeAudio({ folder: product.home, format: "flac", seconds: 2 }))
  return (await uploadReady(session, title, { name: "sound.flac", bytes })).id
}

export const sendCover = (session: Session, release: string, bytes: Buffer): Promise<Reply> =>
  session.call("PUT", `${releases}/${release}/cover`, {
    body: new Uint8Array(bytes),
    headers: { "content-type": "image/jpeg" }
  })

let usualCover: Promise<Buffer> | undefined

/** A release with its cover that nothing keeps from the stores. */
export const newRelease = async (account: Account, tracks: ReadonlyArray<string>, more: object = {}) => {
  const made = dataOf(ReleaseView, await account.byToken.post(releases, draftOf(tracks, more)))
  usualCover ??= cover()
  return dataOf(ReleaseView, await sendCover(account.byToken, made.id, await usualCover))
}

export const submit = (
  session: Session,
  release: string,
  platforms: ReadonlyArray<string> = ["spotify"],
  headers: Readonly<Record<string, string>> = {}
): Promise<Reply> => session.post(submissions, { release_id: release, platforms, release_date: inDays(10) }, headers)

export const readSubmission = async (session: Session, id: string) =>
  dataOf(SubmissionView, await session.get(`${submissions}/${id}`))

/** What a submission is at each store. */
export const statusesOf = ({ platforms }: SubmissionView) =>
  Object.fromEntries(platforms.map(({ platform, status }) => [platform, status]))

/** Waits until a submission is as a whole what is expected. */
export const becomes = (session: Session, id: string, status: SubmissionView["status"]) =>
  eventually(`submission ${id} ${status}`, async () => {
    const found = await readSubmission(session, id)
    return found.status === status && found
  })
