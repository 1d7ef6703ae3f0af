import { isIpi, normalIpi } from "./codes/ipi.ts"
import { isIsni, normalIsni } from "./codes/isni.ts"
import { fault, type ReleaseFault, when } from "./faults.ts"
import type { Artist, Contributor, Share } from "./release.ts"

export const isniFaults = (field: string, isni: string | undefined): ReadonlyArray<ReleaseFault> =>
  when(isni !== undefined && !isIsni(normalIsni(isni)), () =>
    fault(field, "ISNI_INVALID", "is no ISNI: its check character does not fit", "Copy the 16 characters from isni.org")
  )

const isGeneric = (name: string): boolean => /^(?:unknown|unknown artist|artist|n\/?a|tba|none)$/iu.test(name.trim())

/** Artists of a release or of a track. */
export const artistFaults = (field: string, artists: ReadonlyArray<Artist>): ReadonlyArray<ReleaseFault> => [
  ...when(!artists.some(({ role }) => role === "primary"), () =>
    fault(field, "PRIMARY_ARTIST_REQUIRED", "names no primary artist", "Give at least one artist the role “primary”")
  ),
  ...artists.flatMap((artist, at) => {
    const path = `${field}.${at}`
    const before = artists
      .slice(0, at)
      .some(({ name }) => name.trim().toLowerCase() === artist.name.trim().toLowerCase())
    return [
      ...when(before, () =>
        fault(`${path}.name`, "ARTIST_TWICE", "is named twice", "Name everybody once, in their first role")
      ),
      ...when(isGeneric(artist.name), () =>
        fault(`${path}.name`, "ARTIST_GENERIC", "is nobody's name", "Give the name that listeners know")
      ),
      ...when(/\s(?:feat\.?|ft\.?|featuring)\s/iu.test(artist.name), () =>
        fault(`${path}.name`, "ARTIST_SEVERAL", "names several artists", "Give each artist an entry of their own")
      ),
      ...isniFaults(`${path}.isni`, artist.isni)
    ]
  })
]

const writes: ReadonlySet<string> = new Set(["composer", "songwriter", "lyricist"])

export const contributorFaults = (
  field: string,
  contributors: ReadonlyArray<Contributor>
): ReadonlyArray<ReleaseFault> => [
  ...when(!contributors.some(({ roles }) => roles.some((role) => writes.has(role))), () =>
    fault(field, "WRITER_REQUIRED", "names nobody who wrote it", "Add the legal name of the composer or songwriter")
  ),
  ...contributors.flatMap((one, at) => [
    ...when(one.ipi !== undefined && !isIpi(normalIpi(one.ipi)), () =>
      fault(
        `${field}.${at}.ipi`,
        "IPI_INVALID",
        "is no IPI number: its check digits do not fit",
        "Copy the 11 digits of the name number, or the base number such as I-001068130-6, from the collecting society"
      )
    ),
    ...isniFaults(`${field}.${at}.isni`, one.isni)
  ])
]

/** All of it, in basis points. */
export const wholeShare = 10_000

/** `isKnown`: there is such an account. */
export const shareFaults = (
  field: string,
  shares: ReadonlyArray<Share>,
  isKnown: (userId: string) => boolean
): ReadonlyArray<ReleaseFault> => {
  const sum = shares.reduce((total, { share_bps }) => total + share_bps, 0)
  return [
    ...when(sum !== wholeShare, () =>
      fault(field, "SHARES_SUM", `sum to ${sum} basis points`, "Let them sum to 10000, which is 100 %")
    ),
    ...shares.flatMap((share, at) => {
      const path = `${field}.${at}`
      const { user_id } = share
      return [
        ...when(share.share_bps === 0, () =>
          fault(`${path}.share_bps`, "SHARE_EMPTY", "is nothing", "Leave out whoever gets nothing")
        ),
        ...when(user_id !== undefined && !isKnown(user_id), () =>
          fault(`${path}.user_id`, "SHARE_USER_UNKNOWN", "is nobody's account", "Leave it out, or give another account")
        ),
        ...when(user_id !== undefined && shares.slice(0, at).some((other) => other.user_id === user_id), () =>
          fault(`${path}.user_id`, "SHARE_USER_TWICE", "has a share already", "Give everybody one share")
        )
      ]
    })
  ]
}
