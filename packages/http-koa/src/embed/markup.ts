const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** What XML 1.0 §2.2 does not take as a character, references to it neither; in HTML it is an error too. */
const noCharacter = /[^\t\n\r\u{20}-\u{7e}\u{85}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Text as it stands between tags and in quoted attributes, of HTML and XML alike. */
export const escapeMarkup = (text: string): string =>
  text.replaceAll(noCharacter, "\u{fffd}").replaceAll(/[&<>"']/gu, (character) => escapes[character] ?? character)
