import type { Artist, Contributor, ContributorRole, ReleaseContent } from "@veza/domain/distribution"
import { artistRoles, contributorRoles } from "./ern-terms.ts"
import { type Element, element, withAttributes } from "./xml.ts"

interface Named {
  readonly name: string
  readonly isni?: string | undefined
  readonly ipi?: string | undefined
}
interface Party extends Named {
  /** What the rest of the message knows them by. */
  readonly reference: string
}
export type Parties = ReadonlyArray<Party>

/** An IPI base number, where others are name numbers. */
const isBase = (ipi: string): boolean => ipi.startsWith("I")

const agree = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other

/** People of one name are one, unless their codes say that they are two. */
const isSame = (one: Named, other: Named): boolean => {
  const comparable = one.ipi !== undefined && other.ipi !== undefined && isBase(one.ipi) === isBase(other.ipi)
  return one.name === other.name && agree(one.isni, other.isni) && (!comparable || one.ipi === other.ipi)
}

/** Everybody who is named. */
export const partiesOf = (content: ReleaseContent): Parties => {
  const parties: Array<Party> = []
  const add = ({ name, isni, ipi }: Named) => {
    const at = parties.findIndex((party) => isSame(party, { name, isni, ipi }))
    const known = parties[at]
    if (known === undefined) parties.push({ name, reference: `P${parties.length + 1}`, isni, ipi })
    else parties[at] = { ...known, isni: known.isni ?? isni, ipi: known.ipi ?? ipi }
  }
  content.artists.forEach(add)
  content.tracks.forEach(({ artists, contributors }) => {
    artists.forEach(add)
    contributors.forEach(add)
  })
  add({ name: content.label })
  return parties
}

export const referenceOf = (parties: Parties, named: Named): string =>
  parties.find((party) => isSame(party, named))?.reference ?? ""

/** An IPI name number has an element of its own, a base number has none. */
const partyId = ({ isni, ipi }: Party): Element | undefined => {
  if (isni === undefined && ipi === undefined) return undefined
  return element(
    "PartyId",
    isni === undefined ? undefined : element("ISNI", isni),
    ipi === undefined || isBase(ipi) ? undefined : element("IpiNameNumber", ipi),
    ipi !== undefined && isBase(ipi)
      ? withAttributes(element("ProprietaryId", ipi), { Namespace: "IPI base number" })
      : undefined
  )
}

export const partyList = (parties: Parties): Element =>
  element(
    "PartyList",
    parties.map((party) =>
      element(
        "Party",
        element("PartyReference", party.reference),
        element("PartyName", element("FullName", party.name)),
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
  ...artists.map((artist, at) =>
    withAttributes(
      element(
        "DisplayArtist",
        element("ArtistPartyReference", referenceOf(parties, artist)),
        artistRoles[artist.role].map(([kind, value]) => element(kind, value))
      ),
      { SequenceNumber: String(at + 1) }
    )
  )
]

/** Everybody once, with all that they did. */
export const contributorsOf = (listed: ReadonlyArray<Contributor>, parties: Parties): ReadonlyArray<Element> => {
  const rolesOf = new Map<string, ReadonlySet<ContributorRole>>()
  for (const one of listed) {
    const reference = referenceOf(parties, one)
    rolesOf.set(reference, new Set([...(rolesOf.get(reference) ?? []), ...one.roles]))
  }
  return [...rolesOf].map(([reference, roles], at) =>
    withAttributes(
      element(
        "Contributor",
        element("ContributorPartyReference", reference),
        [...roles].map((role) => element("Role", contributorRoles[role]))
      ),
      { SequenceNumber: String(at + 1) }
    )
  )
}
