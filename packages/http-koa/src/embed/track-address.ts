import { Option, Schema } from "effect"
import { TrackId } from "@veza/domain/tracks"

const decodeId = Schema.decodeUnknownOption(TrackId)

/** Where pages about tracks are; neither ends with a slash. */
export interface Places {
  readonly frontendUrl: string
  readonly publicUrl: string
}

/** The page of a track at the front end. */
export const trackPage = ({ frontendUrl }: Places, id: TrackId): string => `${frontendUrl}/tracks/${id}`
/** The player of a track for frames of other sites. */
export const playerPage = ({ publicUrl }: Places, id: TrackId): string => `${publicUrl}/embed/tracks/${id}`

/** The last part of the path where `address` lies right below `place`: same scheme, host, port and path, nobody's name. */
const below = (address: URL, place: string): string | undefined => {
  const { origin, pathname } = new URL(place)
  if (address.origin !== origin || address.username !== "" || address.password !== "") return undefined
  if (!address.pathname.startsWith(`${pathname}/`)) return undefined
  const rest = address.pathname.slice(pathname.length + 1).replace(/\/$/u, "")
  return rest
}

/** The track that an address of ours is about: its page at the front end, or its player; query and fragment are free. */
export const trackAt = (address: string, { frontendUrl, publicUrl }: Places): TrackId | undefined => {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  const found = [`${frontendUrl}/tracks`, `${publicUrl}/embed/tracks`].map((place) => below(url, place))
  return found.map((part) => Option.getOrUndefined(decodeId(part))).find((id) => id !== undefined)
}
