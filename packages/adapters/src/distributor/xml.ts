/** An element of an XML document; what is undefined is left out. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: ReadonlyArray<Element | string>
}

export type Child = Element | string | undefined | ReadonlyArray<Element | undefined>

const isElement = (child: Element | string | undefined): child is Element | string => child !== undefined

export const element = (name: string, ...children: ReadonlyArray<Child>): Element => ({
  name,
  attributes: {},
  children: children.flat().filter(isElement)
})

export const withAttributes = (one: Element, attributes: Readonly<Record<string, string>>): Element => ({
  ...one,
  attributes: { ...one.attributes, ...attributes }
})

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;"
}

/**
 * Text as XML 1.0 may hold it (§2.2): what no document may hold, not even as a reference, becomes the replacement
 * character.
 */
const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\ufffe\uffff]/gu, (char) => {
      const isAllowed = char in escapes || (char >= "\u007f" && char <= "\u009f")
      return isAllowed ? char : "\ufffd"
    })
    .replaceAll(/[&<>"\t\n\r]/gu, (char) => escapes[char] ?? char)

const write = ({ name, attributes, children }: Element, indent: string): string => {
  const head = Object.entries(attributes).reduce((text, [key, value]) => `${text} ${key}="${escape(value)}"`, name)
  if (children.length === 0) return `${indent}<${head}/>\n`
  const [only] = children
  if (children.length === 1 && typeof only === "string") return `${indent}<${head}>${escape(only)}</${name}>\n`
  const inner = children.map((child) =>
    typeof child === "string" ? `${indent}  ${escape(child)}\n` : write(child, `${indent}  `)
  )
  return `${indent}<${head}>\n${inner.join("")}${indent}</${name}>\n`
}

/** A whole document in UTF-8. */
export const document = (root: Element): string => `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, "")}`
