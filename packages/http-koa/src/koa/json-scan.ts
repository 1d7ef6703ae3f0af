/** Deepest nesting of a JSON body (05-decisions, "Bodies"). */
export const maxDepth = 32

/** The index of the quote that closes the string opened at `open`. */
const closingQuote = (text: string, open: number): number => {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i
  }
  return text.length
}

const keyOf = (literal: string): string => (literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1))

/**
 * Looks through a text that already parsed as JSON for what the parser lets pass: the same key twice in one object (the
 * last would silently win) and nesting deeper than 32. One pass, linear in the length.
 */
export const jsonFault = (text: string): "too_deep" | "duplicate_key" | undefined => {
  /** The keys of each open object; undefined for an open array. */
  const open: Array<Set<string> | undefined> = []
  let expectsKey = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '"') {
      const end = closingQuote(text, i)
      const keys = open.at(-1)
      if (expectsKey && keys !== undefined) {
        const key = keyOf(text.slice(i, end + 1))
        if (keys.has(key)) return "duplicate_key"
        keys.add(key)
        expectsKey = false
      }
      i = end
    } else if (char === "{" || char === "[") {
      if (open.length === maxDepth) return "too_deep"
      open.push(char === "{" ? new Set() : undefined)
      expectsKey = char === "{"
    } else if (char === "}" || char === "]") {
      open.pop()
      expectsKey = false
    } else if (char === ",") expectsKey = open.at(-1) !== undefined
  }
  return undefined
}
