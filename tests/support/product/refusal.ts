import { expect } from "vitest"
import { failureOf, type Reply } from "./session.ts"

/**
 * Expects a refusal in the envelope, with its code, its request id in body and header, and where `fields` is given
 * exactly these fields (sorted, separated by commas) in its details.
 */
export const expectRefusal = (reply: Reply, status: number, code: string, fields?: string): void => {
  const error = failureOf(reply)
  expect([reply.status, error.code], JSON.stringify(error)).toEqual([status, code])
  expect(error.message).toMatch(/\S/)
  expect(error.request_id).toBe(reply.headers.get("x-request-id"))
  expect(reply.headers.get("content-type")).toMatch(/^application\/json/)
  expect(reply.headers.get("cache-control")).toBe("no-store")
  if (fields !== undefined) {
    const named = new Set(error.details?.map(({ field }) => field))
    expect([...named].toSorted().join(","), JSON.stringify(error.details)).toBe(fields)
  }
}

/** Expects a refusal that says when to come back. */
export const expectRetryLater = (reply: Reply, code: string): void => {
  expectRefusal(reply, 503, code)
  expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0)
}
