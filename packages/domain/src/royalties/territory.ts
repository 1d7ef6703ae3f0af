import { territories } from "../kernel/index.ts"

/** What statements say beside countries: Kosovo, the United Kingdom by its reserved code, the world, and not known. */
const others = new Map([
  ["XK", "XK"],
  ["UK", "GB"],
  ["WW", "WW"],
  ["ZZ", "ZZ"]
])

/** The territory of a statement's line; undefined when it is no code that anybody assigned. */
export const territoryOf = (text: string): string | undefined => {
  const code = text.toUpperCase()
  return territories.has(code) ? code : others.get(code)
}
