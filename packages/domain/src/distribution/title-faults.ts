import { fault, type ReleaseFault, when } from "./faults.ts"

const featuring = /(?:^|[\s([])(?:feat\.?|ft\.?|featuring)\s/iu
const versioned =
  /[([][^)\]]*\b(?:remix|mix|edit|live|acoustic|instrumental|remaster(?:ed)?|demo|version|karaoke)\b[^)\]]*[)\]]/iu

/** More words than an acronym has, and no letter of them small. */
const shouts = (text: string): boolean =>
  text.split(/\s+/u).filter((word) => /\p{L}{2,}/u.test(word)).length > 1 && !/\p{Ll}|\p{Lo}/u.test(text)

/** What stores' style guides refuse in a title or a version. */
export const titleFaults = (field: string, text: string): ReadonlyArray<ReleaseFault> => [
  ...when(text !== text.trim() || /\s{2,}/u.test(text), () =>
    fault(field, "TITLE_SPACES", "has spaces at its ends or several in a row", "Leave one space between words")
  ),
  ...when(shouts(text), () =>
    fault(field, "TITLE_ALL_CAPS", "is all in capitals", "Write it in title case, as “This One”")
  ),
  ...when(/[\p{Extended_Pictographic}\p{Cc}]/u.test(text.replaceAll(/[©®™]/gu, "")), () =>
    fault(field, "TITLE_CHARACTERS", "has pictures or control characters in it", "Use letters, digits and punctuation")
  ),
  ...when(featuring.test(` ${text} `), () =>
    fault(field, "TITLE_FEATURING", "names a guest", "Name the guest as an artist with the role “featured”")
  )
]

/** Beside that, a title does not say which version it is. */
export const versionInTitle = (field: string, text: string): ReadonlyArray<ReleaseFault> =>
  when(versioned.test(text), () =>
    fault(field, "TITLE_VERSION", "says which version it is", "Put what stands in brackets into `version`")
  )
