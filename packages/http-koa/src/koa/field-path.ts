/** The path of a field as programs write it: `tracks[0].contributors[1].ipi`. */
export const fieldPath = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>): string =>
  path
    .map((part) => (typeof part === "object" ? part.key : part))
    .reduce<string>((text, key) => {
      if (typeof key === "number") return `${text}[${key}]`
      return text === "" ? String(key) : `${text}.${String(key)}`
    }, "")
