import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { loadSettings } from "@veza/adapters/config"
import { presign, s3Client } from "@veza/adapters/s3"
import { UserId } from "@veza/domain/kernel"
import {
  audioFormatNames,
  audioFormats,
  isTrackKey,
  linkLifetimes,
  removalClaim,
  removalGrace,
  storageKeyOf,
  TrackId,
  transferCap
} from "@veza/domain/tracks"
import { refusal } from "../support/sigv4.ts"

const load = (environment: Record<string, string>) => Effect.runSync(loadSettings(environment, "/nonexistent"))
const faultsIn = (environment: Record<string, string>): ReadonlyArray<string> =>
  Effect.runSync(Effect.flip(loadSettings(environment, "/nonexistent"))).faults.map(({ variable }) => variable)
const production = {
  APP_ENV: "production",
  DATABASE_URL: "postgres://veza:hunter2-secret@db/veza",
  JWT_SECRET: "s3cret-".repeat(6),
  CORS_ALLOWED_ORIGINS: "https://veza.example"
}
const s3 = { S3_BUCKET: "veza", S3_ACCESS_KEY_ID: "id-of-key", S3_SECRET_ACCESS_KEY: "very-secret" }

describe("the settings of the object store", () => {
  it("need bucket and credentials once it is chosen or begun, and are listed together", () => {
    const needed = ["S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"]
    assert.deepStrictEqual(faultsIn({ ...production, TRACK_STORAGE_BACKEND: "s3" }), needed)
    for (const name of needed) {
      const { [name]: _, ...rest } = { ...production, ...s3 } as Record<string, string>
      assert.deepStrictEqual(faultsIn(rest), [name])
    }
    assert.deepStrictEqual(faultsIn({ ...production, TRACK_STORAGE_BACKEND: "tape" }), ["TRACK_STORAGE_BACKEND"])
    assert.deepStrictEqual(faultsIn({ ...production, ...s3, S3_BUCKET: "no/bucket" }), ["S3_BUCKET"])
    assert.deepStrictEqual(faultsIn({ ...production, ...s3, S3_ENDPOINT: "minio:9000" }), ["S3_ENDPOINT"])
  })

  it("leave files local unless told otherwise, and address an endpoint of one's own by path", () => {
    assert.strictEqual(load(production).TRACK_STORAGE_BACKEND, "local")
    assert.strictEqual(load({ ...production, ...s3 }).S3_FORCE_PATH_STYLE, false)
    const own = { ...production, ...s3, S3_ENDPOINT: "http://minio:9000" }
    assert.strictEqual(load(own).S3_FORCE_PATH_STYLE, true)
    assert.strictEqual(load({ ...own, S3_FORCE_PATH_STYLE: "false" }).S3_FORCE_PATH_STYLE, false)
  })

  it("keep their secrets out of what is printed", () => {
    assert.notMatch(JSON.stringify(load({ ...production, ...s3 })), /very-secret|id-of-key/)
  })
})

describe("times of storage", () => {
  it("outlast one another: links and transfers end before what they point at is removed", () => {
    for (const shorter of [...Object.values(linkLifetimes), transferCap, removalClaim]) {
      assert.isTrue(Duration.isLessThan(shorter, removalGrace))
    }
  })
})

describe("the keys of track files", () => {
  it("are known again, and nothing else is", () => {
    const extensions = audioFormatNames.flatMap((name) => audioFormats[name].extensions)
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.constantFrom(...extensions), (user, track, extension) =>
        isTrackKey(storageKeyOf(UserId.make(user), TrackId.make(track), extension))
      )
    )
    const [user, track] = ["5c1f2a1e-6f0b-4a55-9d38-0d6f3f1b2a10", "0b7f2f0e-4a0b-4a8e-8a55-111122223333"]
    const others = [
      `tracks/${user}/${track}`,
      `tracks/${user}/${track}/cover.jpg`,
      `tracks/${user}/${track}.wav.part`,
      `tracks/${user}/notes.wav`,
      `images/${user}/${track}.png`,
      `tracks/../${user}/${track}.wav`
    ]
    for (const key of others) assert.isFalse(isTrackKey(key), key)
  })
})

/** The examples of "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API reference. */
describe("the checker of signatures that these tests use", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  const at = new Date("2013-05-24T00:00:10Z")
  const presigned = {
    method: "GET",
    headers: { host: "examplebucket.s3.amazonaws.com" },
    target:
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
  }
  const signed = {
    method: "GET",
    target: "/test.txt",
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    }
  }

  it("agrees with Amazon's examples, and sees what was changed", () => {
    assert.isUndefined(refusal(presigned, secret, at))
    assert.isUndefined(refusal(signed, secret, at))
    assert.strictEqual(refusal({ ...presigned, method: "PUT" }, secret, at), "SignatureDoesNotMatch")
    assert.strictEqual(
      refusal({ ...signed, headers: { ...signed.headers, range: "bytes=0-99" } }, secret, at),
      "SignatureDoesNotMatch"
    )
    assert.strictEqual(refusal(presigned, secret, new Date("2013-05-25T00:00:01Z")), "RequestExpired")
  })
})

describe("links into the object store", () => {
  const settings = {
    endpoint: "https://s3.example",
    publicEndpoint: undefined,
    region: "eu-central-1",
    bucket: "veza",
    accessKeyId: Redacted.make("AKIAIOSFODNN7EXAMPLE"),
    secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    forcePathStyle: true
  }
  const link = (key: string, method: "GET" | "HEAD", disposition?: string) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-01T08:00:00Z"))
      const client = yield* s3Client(settings, settings.endpoint)
      const terms = { method, lifetime: linkLifetimes.stream, contentType: "audio/flac", disposition }
      return new URL(yield* presign(client, settings.bucket, key, terms))
    })
  const judge = (url: URL, method: string, now: string, host = url.host) =>
    refusal(
      { method, target: `${url.pathname}${url.search}`, headers: { host } },
      Redacted.value(settings.secretAccessKey),
      DateTime.toDate(DateTime.makeUnsafe(now))
    )

  it.effect("hold for fifteen minutes, for one method, one object and one content type", () =>
    Effect.gen(function* () {
      for (const method of ["GET", "HEAD"] as const) {
        const url = yield* link("tracks/a/b c+d.flac", method, 'attachment; filename="ä b.flac"')
        assert.strictEqual(url.searchParams.get("X-Amz-Expires"), "900")
        assert.strictEqual(url.searchParams.get("response-content-type"), "audio/flac")
        assert.isUndefined(judge(url, method, "2026-03-01T08:14:59Z"))
        assert.strictEqual(judge(url, method, "2026-03-01T08:15:01Z"), "RequestExpired")
        assert.strictEqual(
          judge(url, method === "GET" ? "HEAD" : "GET", "2026-03-01T08:01:00Z"),
          "SignatureDoesNotMatch"
        )
        assert.strictEqual(judge(url, method, "2026-03-01T08:01:00Z", "evil.example"), "SignatureDoesNotMatch")
        const tampered = new URL(url)
        tampered.searchParams.set("response-content-type", "text/html")
        assert.strictEqual(judge(tampered, method, "2026-03-01T08:01:00Z"), "SignatureDoesNotMatch")
        const elsewhere = new URL(url)
        elsewhere.pathname = "/veza/tracks/a/other.flac"
        assert.strictEqual(judge(elsewhere, method, "2026-03-01T08:01:00Z"), "SignatureDoesNotMatch")
      }
    })
  )

  it.effect("are the same for the same moment (known answer)", () =>
    Effect.gen(function* () {
      const url = yield* link("tracks/a/b.flac", "GET")
      assert.strictEqual(
        url.searchParams.get("X-Amz-Signature"),
        "00552c656740711eddea5a0059275ac5a63a59a5e00603047546cbd2f574d96e"
      )
      assert.notInclude(url.href, Redacted.value(settings.secretAccessKey))
    })
  )
})
