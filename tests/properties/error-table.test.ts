import { SchemaAST } from "effect"
import { describe, expect, it } from "vitest"
import { errorTable } from "@veza/http-koa/contract"

/** Codes that several errors share on purpose: to a client they are the same thing. */
const shared = {
  VALIDATION_FAILED: ["InvalidRequest", "InvalidUploadForm"],
  FILE_TOO_LARGE: ["FileTooLarge", "ImageFileTooLarge"],
  PAYMENT_PROVIDER_UNAVAILABLE: ["PaymentProviderNotConfigured", "PaymentProviderUnavailable"]
}

const rows = Object.entries(errorTable)

describe("the table of errors", () => {
  it("gives each error a code of its own, unless meant otherwise", () => {
    const tagsOf = (code: string) => rows.flatMap(([tag, row]) => (row.code === code ? [tag] : [])).toSorted()
    const several = [...new Set(rows.map(([, { code }]) => code))].filter((code) => tagsOf(code).length > 1)
    expect(Object.fromEntries(several.map((code) => [code, tagsOf(code)]))).toEqual(shared)
  })

  it("writes codes in upper snake case, under statuses of failure", () => {
    for (const [tag, { code, status }] of rows) {
      expect([tag, code]).toEqual([tag, expect.stringMatching(/^[A-Z]+(?:_[A-Z]+)*$/u)])
      expect([tag, status >= 400 && status <= 599]).toEqual([tag, true])
    }
  })

  it("names each row as its error names itself, so that no context overwrites another's", () => {
    for (const [tag, { codec }] of rows) expect(SchemaAST.resolveIdentifier(codec.ast)).toBe(tag)
  })
})
