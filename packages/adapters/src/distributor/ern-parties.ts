import type { Artist, Contributor, ContributorRole, ReleaseContent } from "@veza/domain/distribution"
import { artistRoles, contributorRoles } from "./ern-terms.ts"
import { type Element, element, withAttributes } from "./xml.ts"

interface Party {
  /** What the rest of the message knows them by. */
  readonly reference: string
  readonly isni: string | undefined
  readonly ipi: string | undefined
}
export type Parties = ReadonlyMap<string, Party>

/** Everybody who is named, by their name. */
export const partiesOf = (content: ReleaseContent): Parties => {
  const parties = new Map<string, Party>()
  const add = ({ name, isni, ipi }: { name: string; isni?: string | undefined; ipi?: string | undefined }) => {
    const known = parties.get(name) ?? { reference: `P${parties.size + 1}`, isni: undefined, ipi: undefined }
    parties.set(name, { ...known, isni: known.isni ?? isni, ipi: known.ipi ?? ipi })
  }
  content.artists.forEach(add)
  content.tracks.forEach(({ artists, contributors }) => {
    artists.forEach(add)
    contributors.forEach(add)
  })
  add({ name: content.label })
  return parties
}

export const referenceOf = (parties: Parties, name: string): string => parties.get(name)?.reference ?? ""

/** An IPI name number has an element of its own, a base number has none. */
const partyId = ({ isni, ipi }: Party): Element | undefined => {
  if (isni === undefined && ipi === undefined) return undefined
  const isBase = ipi?.startsWith("I") === true
  return element(
    "PartyId",
    isni === undefined ? undefined : element("ISNI", isni),
    ipi === undefined || isBase ? undefined : element("IpiNameNumber", ipi),
    isBase ? withAttributes(element("ProprietaryId", ipi), { Namespace: "IPI base number" }) : undefined
  )
}

export const partyList = (parties: Parties): Element =>
  element(
    "PartyList",
    [...parties].map(([name, party]) =>
      element(
        "Party",
        element("PartyReference", party.reference),
        element("PartyName", element("FullName", name)),
        partyId(party)
      )
    )
  )

export const displayArtists = (artists: ReadonlyArray<Artist>, parties: Parties): ReadonlyArray<Element> => [
  element(
    "DisplayArtistName",
    artists
      .filter(({ role }) => role === "primary")
      .map(({ name }) => name)
      .join(", ")
  ),
  ...artists.map(({ name, role }, at) =>
    withAttributes(
      element(
        "DisplayArtist",
        element("ArtistPartyReference", referenceOf(parties, name)),
        artistRoles[role].map(([kind, value]) => element(kind, value))
      ),
      { SequenceNumber: String(at + 1) }
    )
  )
]

/** Everybody once, with all that they did. */
export const contributorsOf = (listed: ReadonlyArray<Contributor>, parties: Parties): ReadonlyArray<Element> => {
  const rolesOf = new Map<string, ReadonlySet<ContributorRole>>()
  for (const { name, roles } of listed) rolesOf.set(name, new Set([...(rolesOf.get(name) ?? []), ...roles]))
  return [...rolesOf].map(([name, roles], at) =>
    withAttributes(
      element(
        "Contributor",
        element("ContributorPartyReference", referenceOf(parties, name)),
        [...roles].map((role) => element("Role", contributorRoles[role]))
      ),
      { SequenceNumber: String(at + 1) }
    )
  )
}
