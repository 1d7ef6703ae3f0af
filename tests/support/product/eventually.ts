import { setTimeout as sleep } from "node:timers/promises"

const every = 25

/** What is promised within a second, in milliseconds: with room for a machine that is busy with the rest of the suite. */
export const promptly = 10_000

/** Asks again and again until the answer is neither undefined nor false; throws after `within` milliseconds. */
export const eventually = async <A>(
  what: string,
  ask: () => A | undefined | false | Promise<A | undefined | false>,
  within = 60_000
): Promise<A> => {
  const deadline = performance.now() + within
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await sleep(every)
  }
  throw new Error(`${what}: not within ${within} ms.`)
}
