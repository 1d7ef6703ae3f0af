/** What stores are called in statements, where that is not their name here. */
const aliases = new Map([
  ["itunes", "apple_music"],
  ["itunes_songs", "apple_music"],
  ["itunes_match", "apple_music"],
  ["apple", "apple_music"],
  ["apple_itunes", "apple_music"]
])

/** The platform's name as lists filter by it: lower case, words joined by `_`. Empty when nothing can be read in it. */
export const platformOf = (store: string): string => {
  const name = store
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/gu, "")
    .slice(0, 60)
  return aliases.get(name) ?? name
}
