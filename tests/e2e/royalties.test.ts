import { randomUUID } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { AuditEntryView, RoyaltyImportView, RoyaltyView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const base = "/api/v1/distribution/royalties"
const Listed = Schema.Struct({ list: Schema.Array(RoyaltyView), pagination: Schema.Unknown })
const Started = Schema.Struct({ id: Schema.String, is_repeated: Schema.Boolean })
const Entries = Schema.Struct({ list: Schema.Array(AuditEntryView), pagination: Schema.Unknown })

let product: Product
let admin: Account
let owner: Account
let singer: Account
let stranger: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false", MAX_STATEMENT_SIZE: "64MB" } })
  ;[owner, singer, stranger] = await Promise.all([signUp(product), signUp(product), signUp(product)])
  const newcomer = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", newcomer.id)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  admin = await logIn(product.url, newcomer)
  for (const url of [product.api(0), product.api(1)]) {
    await eventually(
      "an administrator let in",
      async () => (await admin.byToken.at(url).get(`${base}/unmatched`)).status === 200
    )
  }
})
afterAll(() => product?.stop())

const header =
  "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
const line = (isrc: string, amount: string, store = "Spotify", month = "2025-11", title = '=HYPERLINK("x")') =>
  ["2026-01-15", month, store, "Mara", title, isrc, "", "3", "100", "Song", "US", "0", amount].join("\t")
const statement = (...lines: ReadonlyArray<string>) => [header, ...lines].join("\n")

let codes = 0
const newIsrc = () => `QZE2E26${String(++codes).padStart(5, "0")}`

/** Plays distribution's part: a recording of the owner in which the singer shares. */
const addRecording = async (isrc: string): Promise<string> => {
  const track = randomUUID()
  await product.query(
    "INSERT INTO recordings (track_id, owner_id, isrc, title, assigned, created_at, sold_at) VALUES ($1, $2, $3, 'A song', false, now(), now())",
    track,
    owner.id,
    isrc
  )
  await product.query(
    "INSERT INTO royalty_shares (track_id, position, name, user_id, share_bps) VALUES ($1, 0, 'Olga', $2, 6667), ($1, 1, 'Sam', $3, 3333)",
    track,
    owner.id,
    singer.id
  )
  return track
}

const send = (session: Session, text: string, path = `${base}/import?file_name=november.tsv`) =>
  session.call("POST", path, { body: text, headers: { "content-type": "text/tab-separated-values" } })
const importOf = async (id: string) => dataOf(RoyaltyImportView, await admin.byToken.get(`${base}/imports/${id}`))
const ended = (id: string) =>
  eventually("an import at its end", async () => {
    const found = await importOf(id)
    return found.status !== "pending" && found.status !== "processing" && found
  })
const imported = async (text: string) => {
  const { id } = dataOf(Started, await send(admin.byToken, text))
  const found = await ended(id)
  expect(found).toMatchObject({ status: "imported", faults: [] })
  return found
}
const listed = async (who: Account, query = "") =>
  dataOf(Listed, await who.byToken.get(`${base}?limit=100${query}`)).list

describe("a statement", () => {
  it("is imported by the worker, and shown to whom it concerns", async () => {
    const isrc = newIsrc()
    const track = await addRecording(isrc)
    const found = await imported(
      statement(
        line(isrc, "0.0100001"),
        line(isrc, "10"),
        line(isrc, "-0.5", "iTunes"),
        line(isrc, "1", "Deezer", "2025-09")
      )
    )
    expect(found).toMatchObject({
      layout: "distrokid",
      file_name: "november.tsv",
      period: "2025-11",
      rows_read: 4,
      requested_by: admin.id,
      totals: [{ currency: "USD", amount_exact: "10.5100001", amount_minor: 1051 }]
    })
    expect(found.bytes_read).toBe(found.size_bytes)

    await eventually("recordings that were matched", async () => (await importOf(found.id)).unmatched === 0)
    const mine = await listed(owner, `&view=tracks&track_id=${track}`)
    expect(
      mine.map(({ period, platform, amount_exact: amount, is_late: late }) => [period, platform, amount, late])
    ).toEqual(
      expect.arrayContaining([
        ["2025-11", "spotify", "10.0100001", false],
        ["2025-11", "apple_music", "-0.5", false],
        ["2025-09", "deezer", "1", true]
      ])
    )
    const theirs = await listed(singer, "&platform=spotify")
    expect(theirs).toEqual([
      expect.objectContaining({ share_bps: 3333, amount_exact: "3.33633303333", amount_minor: 334 })
    ])
    expect(await listed(stranger)).toEqual([])
    expect((await listed(admin, `&track_id=${track}`)).length).toBe(3)
    expectRefusal(await owner.byToken.get(`${base}?view=all`), 403, "FORBIDDEN")

    const [first] = theirs
    const explained: unknown = (await singer.byToken.get(`${base}/${first?.id}/explain`)).json
    expect(explained).toMatchObject({
      data: {
        view: "shares",
        lines: {
          list: [
            { line: 2, amount_exact: "0.0100001" },
            { line: 3, amount_exact: "10" }
          ]
        },
        earning: { amount_exact: "9.5100001", amount_minor: 951, rounding: "-0.0000001" },
        splits: [{ name: "Sam", user_id: singer.id, share_bps: 3333, amount_minor: 317 }],
        converted: null
      }
    })
    expect(JSON.stringify(explained)).not.toContain("Olga")
    expectRefusal(await stranger.byToken.get(`${base}/${first?.id}/explain`), 404, "ROYALTY_NOT_FOUND")

    const csv = await owner.byToken.get(`${base}/export?view=tracks&track_id=${track}`)
    expect(csv.headers.get("content-type")).toMatch(/^text\/csv/u)
    const rows = csv.bytes.toString("utf8").split("\r\n")
    expect(rows).toHaveLength(5)
    expect(rows[0]).toMatch(/^id,period,/u)
    for (const row of rows.slice(1, 4)) expect(row).toContain(`,"'=HYPERLINK(""x"")",`)
    expect(csv.bytes.toString()).toContain(",-0.5,-50")
  })

  it("is imported once, however often and at however many processes at once it is sent", async () => {
    const text = statement(line(newIsrc(), "1"))
    const form = () => {
      const data = new FormData()
      data.append("file", new Blob([text]), "again.tsv")
      return data
    }
    const [here, there] = [admin.byToken, admin.byToken.at(product.api(1))]
    const replies = await Promise.all([
      ...Array.from({ length: 3 }, () => send(here, text)),
      ...Array.from({ length: 3 }, () => there.call("POST", `${base}/import`, { body: form() }))
    ])
    const started = replies.map((reply) => {
      expect(reply.status).toBe(202)
      return dataOf(Started, reply)
    })
    expect(new Set(started.map(({ id }) => id)).size).toBe(1)
    expect(started.filter((one) => !one.is_repeated)).toHaveLength(1)
    await ended(started[0]?.id ?? "")
    expect(dataOf(Started, await send(here, text))).toEqual({ id: started[0]?.id, is_repeated: true })
  })

  it("with faulty lines is refused whole, and each fault is told with its place", async () => {
    const isrc = newIsrc()
    const reply = await send(admin.byToken, statement(line(isrc, "1"), line("nonsense", "1"), line(isrc, "1,234")))
    const found = await ended(dataOf(Started, reply).id)
    expect(found).toMatchObject({
      status: "refused",
      refusal: "LINES_FAULTY",
      fault_count: 2,
      faults: [
        { line: 3, column: "ISRC", code: "ISRC_MALFORMED", value: "nonsense" },
        { line: 4, column: "Earnings (USD)", code: "NUMBER_AMBIGUOUS", value: "1,234" }
      ],
      totals: []
    })
    expect(await product.query("SELECT 1 FROM royalty_lines WHERE import_id = $1", found.id)).toEqual([])
    const { list } = dataOf(
      Entries,
      await admin.byToken.get(`/api/v1/admin/audit/logs?resource_id=${found.id}&order=asc`)
    )
    expect(list.map(({ action }) => action)).toContain("royalties.import_requested")
  })

  it("that is too large, no statement, no text or cut off is refused", async () => {
    expectRefusal(
      await admin.byToken.call("POST", `${base}/import`, {
        body: Buffer.alloc(65 * 1024 * 1024, 65),
        headers: { "content-type": "text/csv" }
      }),
      413,
      "STATEMENT_TOO_LARGE"
    )
    expectRefusal(await admin.byToken.post(`${base}/import`, {}), 415, "UNSUPPORTED_MEDIA_TYPE")
    const nothing = new FormData()
    nothing.append("other", "x")
    expectRefusal(
      await admin.byToken.call("POST", `${base}/import`, { body: nothing }),
      400,
      "VALIDATION_FAILED",
      "file"
    )
    expectRefusal(await send(owner.byToken, statement(line(newIsrc(), "1"))), 403, "FORBIDDEN")
    for (const [text, refusal] of [
      ["a,b\n1,2", "LAYOUT_UNKNOWN"],
      ["PK\u0003\u0004\0\0", "ENCODING_UNKNOWN"],
      [header, "NO_LINES"]
    ] as const) {
      expect(await ended(dataOf(Started, await send(admin.byToken, text)).id)).toMatchObject({
        status: "refused",
        refusal
      })
    }
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(header))
        controller.error(new Error("gone"))
      }
    })
    const options = { body: broken, headers: { "content-type": "text/csv" } }
    await expect(admin.byToken.call("POST", `${base}/import`, options)).rejects.toThrow()
    await eventually("no half file", async () => {
      const [row] = await product.query("SELECT count(*)::int AS n FROM royalty_imports WHERE status = 'pending'")
      return JSON.stringify(row) === '{"n":0}'
    })
  })

  it("about a recording that nobody has waits in the queue until somebody has it", async () => {
    const isrc = newIsrc()
    const found = await imported(statement(line(isrc, "2.5"), line(isrc, "1", "Deezer")))
    expect(found.unmatched).toBe(1)
    const queue = async () => JSON.stringify((await admin.byToken.get(`${base}/unmatched?limit=100`)).json)
    expect(await queue()).toContain(isrc)
    const track = await addRecording(isrc)
    await product.runJobs("match-royalties")
    await eventually(
      "royalties that were matched",
      async () => (await listed(singer, `&track_id=${track}`)).length === 2
    )
    expect(await queue()).not.toContain(isrc)
  })
})

describe("a summary", () => {
  it("comes to the same by every dimension, converts by stated rates, and tells what is paid", async () => {
    const isrc = newIsrc()
    const track = await addRecording(isrc)
    await imported(
      statement(line(isrc, "1.005"), line(isrc, "2.005", "Deezer"), line(isrc, "3.005", "Deezer", "2025-10"))
    )
    const summaryOf = async (who: Account, query: string) => {
      const reply = await who.byToken.get(`${base}/summary?track_id=${track}${query}`)
      expect(reply.status, JSON.stringify(reply.json)).toBe(200)
      return reply.json
    }
    await eventually("a summary", async () => JSON.stringify(await summaryOf(owner, "")).includes("USD"))
    const total = { currency: "USD", amount_exact: "6.015", amount_minor: 602, quantity: 9 }
    for (const by of ["period", "platform", "territory", "track", "currency"]) {
      const found = await summaryOf(owner, `&view=tracks&by=${by}`)
      expect(found).toMatchObject({ data: { by, totals: [total], is_truncated: false } })
    }
    expect(await summaryOf(owner, "&view=tracks&by=platform")).toMatchObject({
      data: {
        groups: [
          { key: "deezer", amount_exact: "5.01", amount_minor: 501 },
          { key: "spotify", amount_exact: "1.005", amount_minor: 101 }
        ],
        payable: [{ currency: "USD", amount_minor: 602 }]
      }
    })
    const rates = [{ period: "2025-11", currency: "USD", rate: "0.9" }]
    expectRefusal(
      await owner.byToken.call("PUT", `${base}/rates`, { json: { target: "EUR", rates } }),
      403,
      "FORBIDDEN"
    )
    expectRefusal(
      await admin.byToken.call("PUT", `${base}/rates`, {
        json: { target: "EUR", rates: [{ ...rates[0], rate: "0" }] }
      }),
      400,
      "VALIDATION_FAILED"
    )
    expect((await admin.byToken.call("PUT", `${base}/rates`, { json: { target: "EUR", rates } })).status).toBe(200)
    expect((await owner.byToken.get(`${base}/rates?target=EUR`)).json).toMatchObject({ data: { rates } })
    expect(await summaryOf(owner, "&view=tracks&currency=EUR")).toMatchObject({
      data: {
        converted: {
          currency: "EUR",
          amount_exact: "2.709",
          amount_minor: 271,
          rates,
          missing: [{ period: "2025-10", currency: "USD" }]
        }
      }
    })
    const [shares, theirs] = [await summaryOf(owner, ""), await summaryOf(singer, "")]
    expect([shares, theirs]).toMatchObject([
      { data: { view: "shares", payable: [{ amount_minor: 401 }] } },
      { data: { view: "shares", payable: [{ amount_minor: 201 }] } }
    ])
    const [first] = await listed(owner, `&track_id=${track}&platform=spotify&view=tracks`)
    expect((await owner.byToken.get(`${base}/${first?.id}/explain?currency=EUR`)).json).toMatchObject({
      data: { converted: { currency: "EUR", rate: "0.9", amount_exact: "0.9045" } }
    })
  })
})

describe("kill -9 of the worker in the middle of an import", () => {
  it("leaves nothing behind, and another worker imports the file whole, once", async () => {
    const isrc = newIsrc()
    const track = await addRecording(isrc)
    const many = 60_000
    const text = statement(...Array.from({ length: many }, () => line(isrc, "0.00012345")))
    // What holds the lines back: the import is under way for as long as this transaction is open.
    const release = await product.hold("LOCK TABLE royalty_earnings IN ACCESS EXCLUSIVE MODE")
    const { id } = dataOf(Started, await send(admin.byToken, text))
    await eventually("an import under way", async () => {
      const [row] = await product.query(
        "SELECT rows_read FROM royalty_imports WHERE id = $1 AND status = 'processing' AND rows_read > 0",
        id
      )
      return row !== undefined
    })
    await product.workerProcess().kill()
    await release()
    expect(await product.query("SELECT 1 FROM royalty_lines WHERE import_id = $1", id)).toEqual([])
    await product.query("UPDATE royalty_imports SET leased_until = now() WHERE id = $1", id)
    await product.startWorker()
    expect(await ended(id)).toMatchObject({ status: "imported", rows_read: many, attempts: 2 })
    const [row] = await product.query("SELECT count(*)::int AS n FROM royalty_lines WHERE import_id = $1", id)
    expect(row).toEqual({ n: many })
    await eventually("the royalty", async () => (await listed(singer, `&track_id=${track}`)).length === 1)
    expect(await listed(owner, `&track_id=${track}&view=tracks`)).toEqual([
      expect.objectContaining({ amount_exact: "7.407", line_count: many, amount_minor: 741 })
    ])
  })
})

describe("veza royalties import", () => {
  const write = (name: string, text: string): string => {
    const path = join(product.home, name)
    writeFileSync(path, text)
    return path
  }
  const narrow = (output: string) => {
    for (const row of output.split("\n")) expect(row.length, row).toBeLessThanOrEqual(80)
  }

  it("checks a file without keeping anything, then imports it once", async () => {
    const path = write("cli.tsv", statement(line(newIsrc(), "1.5"), line(newIsrc(), "-0.25")))
    const dry = await product.veza("royalties", "import", path, "--dry-run")
    expect(dry.code, dry.process.errors).toBe(0)
    expect(dry.process.output).toMatch(/Nothing was imported[\s\S]*distrokid[\s\S]*1\.25 for 6 units/u)
    narrow(dry.process.output)
    const done = await product.veza("royalties", "import", path, "--json")
    expect(done.code, done.process.errors).toBe(0)
    const value: unknown = JSON.parse(done.process.output)
    expect(value).toMatchObject({
      status: "imported",
      is_repeated: false,
      lines: 2,
      unmatched: 2,
      totals: [{ currency: "USD", amount_exact: "1.25", amount_minor: 125 }]
    })
    const again = await product.veza("royalties", "import", path)
    expect(again.process.output).toMatch(/imported before; nothing was done/u)
    narrow(again.process.output)
  })

  it("takes over an import that nobody works on", async () => {
    const text = statement(line(newIsrc(), "4"))
    await product.workerProcess().stop()
    const { id } = dataOf(Started, await send(admin.byToken, text))
    const { code, process } = await product.veza("royalties", "import", write("waiting.tsv", text))
    expect(code, process.errors).toBe(0)
    expect(process.output).toMatch(/^Imported\./u)
    expect(await importOf(id)).toMatchObject({ status: "imported", attempts: 1 })
    await product.startWorker()
  })

  it("tells what is wrong and ends with 1", async () => {
    const lines = [line("x".repeat(200), "1"), line(newIsrc(), "much"), line("\u001b[2J", "1")]
    const path = write("faulty.tsv", statement(...lines))
    for (const flags of [["--dry-run"], []]) {
      const { code, process } = await product.veza("royalties", "import", path, ...flags)
      expect(code).toBe(1)
      expect(process.output).toMatch(/^Refused, nothing is imported: some of its lines are faulty\./u)
      expect(process.output).toContain("line 3, Earnings (USD): NUMBER_MALFORMED “much”")
      expect(process.output).toContain("line 4, ISRC: ISRC_MALFORMED “\ufffd[2J”")
      narrow(process.output)
    }
    for (const text of ["a,b\n1,2", "PK\u0003\u0004\0\0", header]) {
      const { code, process } = await product.veza("royalties", "import", write("other.tsv", text), "--dry-run")
      expect(code).toBe(1)
      expect(process.output).toMatch(/^Refused, nothing is imported: (?:no|there is no) /u)
      narrow(process.output)
    }
    for (const nowhere of [join(product.home, "nowhere.csv"), product.home]) {
      const missing = await product.veza("royalties", "import", nowhere)
      expect([missing.code, missing.process.errors]).toEqual([1, expect.stringMatching(/^There is no file /u)])
    }
  })
})
