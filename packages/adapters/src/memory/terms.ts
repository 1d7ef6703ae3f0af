import { DateTime, Effect, Layer } from "effect"
import { Terms, TermsType, type TermsDocument } from "@veza/domain/accounts"
import { Store } from "./store.ts"
import { get, keyOf, put } from "./tables.ts"

const version = "2026-01-01"
const publishedAt = DateTime.makeUnsafe(version)
/** The first version of each document, as the migrations bring them. */
const documents: ReadonlyArray<Omit<TermsDocument, "acceptedAt">> = TermsType.literals.map((type) => ({
  type,
  version,
  title: type,
  url: `/legal/${type.replaceAll("_", "-")}/${version}`,
  summary: type,
  publishedAt
}))

export const termsMemory = Layer.effect(
  Terms,
  Effect.map(Store, (store) =>
    Terms.of({
      current: (user, at) =>
        store.read((tables) =>
          documents
            .filter((document) => DateTime.isLessThanOrEqualTo(document.publishedAt, at))
            .map((document) => {
              const accepted = user && get(tables, "termsAcceptances", keyOf(user, document.type, document.version))
              return { ...document, acceptedAt: accepted?.acceptedAt ?? null }
            })
            .toSorted((a, b) => (a.type < b.type ? -1 : 1))
        ),
      accept: (acceptance) =>
        store.change((tables) => {
          const key = keyOf(acceptance.userId, acceptance.type, acceptance.version)
          return get(tables, "termsAcceptances", key) === undefined
            ? [true, put(tables, "termsAcceptances", key, acceptance)]
            : [false, tables]
        })
    })
  )
)
