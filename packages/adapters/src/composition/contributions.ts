import { Effect, Layer } from "effect"
import {
  accountEraser,
  accountSections,
  administratorGuard,
  credentialEraser,
  credentialSections,
  DeletionGuards,
  Erasers,
  PersonalData,
  profileEraser,
  profileSections,
  requestEraser,
  requestSections
} from "@veza/domain/accounts"
import { royaltyEraser, royaltySections } from "@veza/domain/royalties"
import { noticeEraser, noticeSections, playEraser, playSections, trackEraser, trackSections } from "@veza/domain/tracks"

/** What each context says of somebody in an export. */
const personalData = Layer.effect(
  PersonalData,
  Effect.map(
    Effect.all([
      accountSections,
      profileSections,
      credentialSections,
      trackSections,
      playSections,
      noticeSections,
      royaltySections,
      requestSections
    ]),
    (sections) => sections.flat()
  )
)

/** Each context's say before an account is deleted. */
const deletionGuards = Layer.effect(DeletionGuards, Effect.all([administratorGuard]))

/** What each context does when an account is deleted, in this order. */
const erasers = Layer.effect(
  Erasers,
  Effect.all([
    accountEraser,
    credentialEraser,
    profileEraser,
    requestEraser,
    trackEraser,
    playEraser,
    noticeEraser,
    royaltyEraser
  ])
)

/** What contexts contribute to one another's work (05-decisions, "Deletion, export, erasure"). */
export const contributions = Layer.mergeAll(personalData, deletionGuards, erasers)
