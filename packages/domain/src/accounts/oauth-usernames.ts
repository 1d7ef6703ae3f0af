import { isReservedUsername } from "./user.ts"

const longest = 30
const shortest = 3

/** What is left of a name in the characters of a username: accents go, the rest becomes underscores. */
const plain = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/gu, "_")
    .replace(/^[_.-]+|[_.-]+$/gu, "")
    .slice(0, longest)

/** A username made of a name, or undefined where it would not be one (10-accounts, "User"). */
export const usernameFrom = (name: string): string | undefined => {
  const candidate = plain(name)
  return candidate.length >= shortest && !isReservedUsername(candidate) ? candidate : undefined
}

/**
 * Usernames for somebody new, in the order in which they are tried: made of `names`, then with endings of `random`, a
 * text of at least twelve characters of `a-z0-9`. The last one is as good as free.
 */
export const usernamesFor = (names: ReadonlyArray<string>, random: string): ReadonlyArray<string> => {
  const bases = [...new Set(names.flatMap((name) => usernameFrom(name) ?? []))]
  const [best = "listener"] = bases
  const ended = [random.slice(0, 4), random.slice(0, 12)].map(
    (ending) => `${best.slice(0, longest - 1 - ending.length)}_${ending}`
  )
  return [...bases, ...ended]
}
