import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { create } from "fontkit"
import { Effect } from "effect"

/** A font as its file, and the characters it has. */
interface Font {
  readonly file: Buffer
  readonly characters: ReadonlySet<number>
}

/** Arimo has Latin, Greek, Cyrillic and Hebrew, where the standard fonts of PDF end with Windows-1252. */
const arimo = "@expo-google-fonts/arimo"
const files = {
  regular: `${arimo}/400Regular/Arimo_400Regular.ttf`,
  bold: `${arimo}/700Bold/Arimo_700Bold.ttf`
}

/** From this package, wherever its code was bound into. */
const { resolve } = createRequire(createRequire(import.meta.url).resolve("@veza/adapters/package.json"))

/**
 * Takes kerning and the places of marks (the table GPOS, by its name in the file's directory) from a font: they are read
 * anew for each document, which takes four times as long as all the rest of it.
 */
const withoutPositions = (file: Buffer): Buffer => {
  for (let table = 0; table < file.readUInt16BE(4); table++) {
    const at = 12 + 16 * table
    if (file.toString("latin1", at, at + 4) === "GPOS") file.write("none", at, "latin1")
  }
  return file
}

const load = async (name: string): Promise<Font> => {
  const file = withoutPositions(await readFile(resolve(name)))
  const font = create(file)
  if (!("characterSet" in font)) throw new Error(`${name} holds several fonts.`)
  return { file, characters: new Set(font.characterSet) }
}

/** The fonts of documents; they come with the installation. */
export const loadFonts = Effect.promise(async () => ({
  regular: await load(files.regular),
  bold: await load(files.bold)
}))
export const fontNames = ["regular", "bold"] as const
export type Fonts = Effect.Success<typeof loadFonts>

const composed = (text: string): string => text.normalize("NFC")
const has = ({ characters }: Font, character: string): boolean => characters.has(character.codePointAt(0) ?? 0)

/** Every character stands in the font. */
export const isPrintable = (font: Font, text: string): boolean =>
  [...composed(text)].every((character) => has(font, character))

/** What the font does not have stands as a question mark. */
export const printable = (font: Font, text: string): string =>
  [...composed(text)].map((character) => (has(font, character) ? character : "?")).join("")
