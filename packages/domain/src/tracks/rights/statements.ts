import { Schema, SchemaTransformation } from "effect"
import { Email } from "../../accounts/index.ts"
import { nonBlankUpTo } from "../../kernel/index.ts"
import { TrackId } from "../track.ts"

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
const reference = new RegExp(
  `^(?:(${uuid})|https?://[\\x21-\\x7e]{1,1000}/tracks/(${uuid})(?:[/?#][\\x21-\\x7e]{0,500})?)$`,
  "iu"
)

/** A track by its id, or by an address that ends in `/tracks/{id}`: what claimants have is what their browser shows. */
export const TrackReference = Schema.String.check(
  Schema.isPattern(reference, { expected: "a track's id, or an address such as https://veza.example/tracks/{id}" })
).pipe(
  Schema.decodeTo(
    TrackId,
    SchemaTransformation.transform({
      decode: (text: string) => {
        const [, id, inAddress] = reference.exec(text) ?? []
        return (id ?? inAddress ?? text).toLowerCase()
      },
      encode: (id: string) => id
    })
  )
)

const WebAddress = Schema.String.check(
  Schema.isPattern(/^https?:\/\/[\x21-\x7e]{1,1000}$/u, { expected: "an address that begins with http:// or https://" })
)

/** What a notice of infringement must hold to be one (17 U.S.C. §512(c)(3)(A)). */
export const NoticeStatement = Schema.Struct({
  /** The material that is claimed to infringe (iii). */
  track: TrackReference,
  /** The work that is claimed to be infringed (ii), and where it can be found. */
  work_description: nonBlankUpTo(5000),
  work_url: Schema.optionalKey(WebAddress),
  /** How the complaining party can be reached (iv). */
  claimant_name: nonBlankUpTo(200),
  claimant_address: nonBlankUpTo(500),
  claimant_phone: Schema.optionalKey(nonBlankUpTo(50)),
  claimant_email: Email,
  /** The owner of the right, where somebody else acts for them. */
  on_behalf_of: Schema.optionalKey(nonBlankUpTo(200)),
  /** “I have a good faith belief that use of the material is not authorized by the owner, its agent, or the law” (v). */
  good_faith_statement: Schema.Literal(true),
  /** “The information is accurate and, under penalty of perjury, I am authorized to act for the owner” (vi). */
  sworn_statement: Schema.Literal(true),
  /** Typed out (i); electronic signatures are signatures (15 U.S.C. §7001). */
  signature: nonBlankUpTo(200)
})
export type NoticeStatement = typeof NoticeStatement.Type

/** What a counter-notice must hold to be one (17 U.S.C. §512(g)(3)); the material is that of the notice it answers (B). */
export const CounterStatement = Schema.Struct({
  /** Why it was a mistake or a misidentification. */
  statement: nonBlankUpTo(5000),
  /** “Under penalty of perjury, I believe in good faith that the material was removed by mistake” (C). */
  sworn_statement: Schema.Literal(true),
  /** To the federal district court of one's address, or where Veza may be found, and service by the claimant (D). */
  consent_to_jurisdiction: Schema.Literal(true),
  name: nonBlankUpTo(200),
  address: nonBlankUpTo(500),
  phone: nonBlankUpTo(50),
  /** Typed out (A). */
  signature: nonBlankUpTo(200)
})
export type CounterStatement = typeof CounterStatement.Type
