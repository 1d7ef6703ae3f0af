import { access, constants, mkdir, statfs } from "node:fs/promises"
import { resolve } from "node:path"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { seesEicarAtEndOf } from "@veza/adapters/clamav"
import {
  choose,
  clamavAddress,
  databaseLayer,
  databasePorts,
  dependencies,
  loadS3,
  registry,
  s3Settings
} from "@veza/adapters/composition"
import { AppSettings, type Settings, settingsLayer } from "@veza/adapters/config"
import { findFfmpeg } from "@veza/adapters/media"
import { migrationsDirectory, migrationStatus } from "@veza/adapters/postgres"
import { PaymentId, PaymentProvider } from "@veza/domain/payments"
import { TrackPlaces } from "@veza/domain/tracks"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"

type Verdict = "ok" | "note" | "fault"
interface Finding {
  readonly check: string
  readonly verdict: Verdict
  readonly message: string
}

const found = (check: string, verdict: Verdict, message: string): Finding => ({ check, verdict, message })

const checkMigrations = Effect.map(migrationStatus(migrationsDirectory()), (all) => {
  const pending = all.filter(({ appliedAt }) => appliedAt === undefined).length
  return pending === 0
    ? found("schema", "ok", `${all.length} migrations applied`)
    : found("schema", "fault", `${pending} migrations are pending: run \`veza migrate up\``)
}).pipe(Effect.catch((error) => Effect.succeed(found("schema", "fault", error.message))))

const checkDependencies = (settings: Settings) =>
  Effect.forEach(
    dependencies(settings).filter(({ name }) => name !== "scanner" && name !== "storage"),
    ({ name, probe }) =>
      Effect.matchCause(probe, {
        onFailure: () =>
          found(name, "fault", `does not answer: check ${name.toUpperCase()}_URL and that the server runs`),
        onSuccess: () => found(name, "ok", "answers")
      })
  )

/** The scanner must see what hides at the very end of the largest upload (05-decisions, "clamd must be set …"). */
const checkScanner = (settings: Settings) =>
  Effect.match(seesEicarAtEndOf(clamavAddress(settings), settings.MAX_TRACK_SIZE), {
    onFailure: ({ message }) =>
      settings.CLAMAV_REQUIRED
        ? found("scanner", "fault", `${message} Uploads are refused until it does: check CLAMAV_ADDRESS`)
        : found("scanner", "note", "no scanner answers; uploads are accepted unscanned (CLAMAV_REQUIRED=false)"),
    onSuccess: (seen) =>
      seen
        ? found("scanner", "ok", "sees the test virus at the end of the largest upload")
        : found(
            "scanner",
            "fault",
            "passes a virus at the end of the largest upload: raise StreamMaxLength, MaxFileSize and MaxScanSize, set AlertExceedsMax yes"
          )
  })

const checkFfmpeg = (settings: Settings) =>
  Effect.map(
    Effect.promise(() => findFfmpeg(settings.FFMPEG_PATH)),
    (ffmpeg) =>
      ffmpeg === undefined
        ? settings.HLS_STREAMING
          ? found(
              "ffmpeg",
              "fault",
              "not found: HLS_STREAMING has no renditions made. Install ffmpeg or set FFMPEG_PATH"
            )
          : found(
              "ffmpeg",
              "note",
              "not found: waveforms for WAV and AIFF only, no HLS. Install ffmpeg or set FFMPEG_PATH"
            )
        : found("ffmpeg", "ok", ffmpeg.version)
  )

const gib = 1024 ** 3
const inspectUploads = async (directory: string): Promise<Finding> => {
  await mkdir(directory, { recursive: true })
  await access(directory, constants.W_OK)
  const { bavail, bsize } = await statfs(directory)
  const free = (bavail * bsize) / gib
  return found("uploads", free < 1 ? "fault" : "ok", `${resolve(directory)}, ${free.toFixed(1)} GiB free`)
}
const checkUploads = (settings: Settings) =>
  Effect.orElseSucceed(
    Effect.tryPromise(() => inspectUploads(settings.UPLOAD_DIR)),
    () =>
      found("uploads", "fault", `${resolve(settings.UPLOAD_DIR)} cannot be written: check UPLOAD_DIR and its rights`)
  )

const strayTracks = (settings: Settings) =>
  Effect.scoped(Effect.flatMap(TrackPlaces, (places) => places.totalIn("s3"))).pipe(
    Effect.provide(databasePorts({ ...settings, DB_MAX_RETRIES: 0 }, "veza-doctor")),
    Effect.map(({ tracks }) =>
      tracks === 0
        ? []
        : [found("storage", "fault", `${tracks} tracks are in S3 and S3_BUCKET is not set: they cannot be played`)]
    ),
    // A database that does not answer has a finding of its own.
    Effect.catchCause(() => Effect.succeed([]))
  )

/** The bucket must let us do all that the product does with it; without one, no track may be there. */
const checkStorage = Effect.fnUntraced(function* (settings: Settings) {
  const s3 = s3Settings(settings)
  if (s3 === undefined) return yield* strayTracks(settings)
  const { checkBucket } = yield* loadS3
  return yield* Effect.match(checkBucket(s3), {
    onFailure: ({ doing, reason }) => [
      found(
        "storage",
        "fault",
        `cannot ${doing} in the bucket ${s3.bucket} (${reason}): check S3_ENDPOINT and its rights`
      )
    ],
    onSuccess: () => [found("storage", "ok", `the bucket ${s3.bucket} can be written, read, listed and cleared`)]
  })
})

/** Asks for a payment that nobody made: whoever answers that there is none accepts our key. */
const askProvider = Effect.flatMap(PaymentProvider, ({ read }) => read(PaymentId.make("pay_of_nobody_asked_by_doctor")))

const checkPayments = (settings: Settings) => {
  const { paymentProvider } = choose(settings)
  if (paymentProvider === "none") {
    return Effect.succeed(found("payments", "note", "no HYPERSWITCH_API_KEY: what costs money is answered 503"))
  }
  return askProvider.pipe(
    Effect.provide(registry.paymentProvider[paymentProvider](settings)),
    Effect.match({
      onSuccess: () => found("payments", "ok", `${paymentProvider} answers`),
      onFailure: () =>
        paymentProvider === "sandbox"
          ? found("payments", "note", "the sandbox does not run: `veza up` or `veza sandbox payments` starts it")
          : found("payments", "fault", "does not answer: check HYPERSWITCH_URL and HYPERSWITCH_API_KEY")
    })
  )
}

/** The commands that the database must answer; without it they tell only that. */
const databaseChecks = (settings: Settings) =>
  Effect.all([checkDependencies(settings), Effect.map(checkMigrations, (one) => [one])]).pipe(
    Effect.map((groups) => groups.flat()),
    Effect.provide(databaseLayer({ ...settings, DB_MAX_RETRIES: 0 }, "veza-doctor")),
    Effect.catchCause(() =>
      Effect.succeed([found("database", "fault", "cannot be reached: check DATABASE_URL and that the server runs")])
    )
  )

const marks: Readonly<Record<Verdict, string>> = { ok: "✓", note: "·", fault: "✗" }

const run = Effect.fnUntraced(function* () {
  const settings = yield* AppSettings
  const findings = [
    found("settings", "ok", `APP_ENV=${settings.APP_ENV}`),
    found("node", "ok", process.version),
    ...(yield* databaseChecks(settings)),
    yield* checkScanner(settings),
    yield* checkFfmpeg(settings),
    yield* checkUploads(settings),
    ...(yield* checkStorage(settings)),
    yield* checkPayments(settings)
  ]
  const healthy = findings.every(({ verdict }) => verdict !== "fault")
  yield* print(yield* root, { healthy, findings }, [
    ...columns(findings.map(({ check, verdict, message }) => [`${marks[verdict]} ${check}`, message])),
    "",
    healthy ? "All is well." : "Something needs you."
  ])
  if (!healthy) process.exitCode = 1
}, Effect.provide(settingsLayer))

export const doctor = Command.make("doctor", {}, run).pipe(
  Command.withDescription("Check the settings and all dependencies; say what to do")
)
