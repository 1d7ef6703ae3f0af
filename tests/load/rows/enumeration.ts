import { randomUUID } from "node:crypto"
import { account } from "../support/data.ts"
import { quantile } from "../support/probe.ts"
import type { Row } from "../support/row.ts"

/** Requests of each kind; more than these tell no more than an attacker would have patience for. */
const samples = 150

interface Question {
  readonly name: string
  readonly path: string
  readonly body: (email: string) => object
}

const questions: ReadonlyArray<Question> = [
  { name: "login", path: "login", body: (email) => ({ email, password: "not the password" }) },
  {
    name: "register",
    path: "register",
    body: (email) => ({ email, username: `e-${randomUUID().slice(0, 20)}`, password: "a password of some length" })
  },
  { name: "resend", path: "resend-verification", body: (email) => ({ email }) },
  { name: "reset-request", path: "password/reset-request", body: (email) => ({ email }) }
]

const timed = async (url: string, body: object): Promise<number> => {
  const begun = performance.now()
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  await response.arrayBuffer()
  if (response.status >= 500 || response.status === 429) throw new Error(`${url} answered ${response.status}.`)
  return performance.now() - begun
}

/** The chance that one of `a` took longer than one of `b`: 0.5 when nobody can tell them apart. */
const chanceOfLonger = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const wins = a.reduce((sum, x) => sum + b.filter((y) => x > y).length + b.filter((y) => x === y).length / 2, 0)
  return wins / (a.length * b.length)
}

/** How well the time of an answer tells whether an address has an account. */
export const enumeration: Row = async (world) => {
  const { origin } = await world.server("api")
  const lines: Array<string> = []
  const data: Record<string, unknown> = {}
  for (const { name, path, body } of questions) {
    const url = `${origin}/api/v1/auth/${path}`
    const known: Array<number> = []
    const unknown: Array<number> = []
    for (let i = -10; i < samples; i++) {
      // In turns who comes first: what one request leaves for the next to do meets both alike.
      for (const side of i % 2 === 0 ? [known, unknown] : [unknown, known]) {
        const email = side === known ? account.email : `${randomUUID()}@veza.test`
        const time = await timed(url, body(email))
        // The first few only warm the server up.
        if (i >= 0) side.push(time)
      }
    }
    const medians = [known, unknown].map((times) =>
      quantile(
        times.toSorted((a, b) => a - b),
        0.5
      )
    )
    const chance = chanceOfLonger(known, unknown)
    data[name] = { known: medians[0], unknown: medians[1], chance }
    lines.push(
      `${name.padEnd(14)} known ${medians[0]?.toFixed(2)} ms, unknown ${medians[1]?.toFixed(2)} ms, told apart ${chance.toFixed(2)}`
    )
  }
  return {
    title: `Has this address an account? Medians of ${samples}; 0.50 cannot be told apart`,
    lines,
    goals: [],
    data
  }
}
