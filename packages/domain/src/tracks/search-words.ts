/** Words of a search that count; more are left out. */
const maxWords = 10

/**
 * The words of a text as they are searched by: without case and accents, divided by whatever is no letter or digit. Each
 * finds the words that begin with it.
 */
export const searchWords = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")

/** What somebody searches for: its words, the first ten of them. */
export const wordsSought = (text: string): ReadonlyArray<string> => searchWords(text).slice(0, maxWords)
