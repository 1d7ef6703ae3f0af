/**
 * Splits an SQL script at the semicolons that end statements: not those inside quotes, dollar-quoted bodies or comments
 * (PostgreSQL manual, 4.1 "Lexical Structure"). Nested block comments are understood.
 */
export const splitStatements = (script: string): ReadonlyArray<string> => {
  const statements: Array<string> = []
  let start = 0
  let at = 0
  const end = () => {
    const statement = script.slice(start, at).trim()
    if (withoutComments(statement) !== "") statements.push(statement)
    start = at + 1
  }
  while (at < script.length) {
    const skipped = skipQuoted(script, at)
    if (skipped > at) {
      at = skipped
      continue
    }
    if (script[at] === ";") end()
    at++
  }
  end()
  return statements
}

const withoutComments = (sql: string): string =>
  sql
    .replace(/--[^\n]*/gu, "")
    .replace(/\/\*[\s\S]*?\*\//gu, "")
    .trim()

const after = (script: string, needle: string, from: number): number => {
  const found = script.indexOf(needle, from)
  return found < 0 ? script.length : found + needle.length
}

/** The index behind a quoted section or comment that begins at `at`, or `at` when none does. */
const skipQuoted = (script: string, at: number): number => {
  const two = script.slice(at, at + 2)
  if (two === "--") return after(script, "\n", at)
  if (two === "/*") return skipBlockComment(script, at)
  const char = script[at]
  if (char === "'") return skipString(script, at, /[eE]/u.test(script[at - 1] ?? ""))
  if (char === '"') return after(script, '"', at + 1)
  if (char === "$") {
    const tag = /^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/u.exec(script.slice(at, at + 64))?.[0]
    return tag === undefined ? at : after(script, tag, at + tag.length)
  }
  return at
}

const skipString = (script: string, at: number, escapes: boolean): number => {
  for (let i = at + 1; i < script.length; i++) {
    if (escapes && script[i] === "\\") i++
    else if (script[i] === "'") return i + 1
  }
  return script.length
}

const skipBlockComment = (script: string, at: number): number => {
  let depth = 0
  for (let i = at; i < script.length; i++) {
    const two = script.slice(i, i + 2)
    if (two === "/*") depth++
    if (two === "*/" && --depth === 0) return i + 2
    if (two === "/*" || two === "*/") i++
  }
  return script.length
}
