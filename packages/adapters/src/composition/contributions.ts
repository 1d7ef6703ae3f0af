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
import { paymentEraser, paymentSections, PaymentSettlers } from "@veza/domain/payments"
import { distributionEraser, distributionSections } from "@veza/domain/distribution"
import { invoiceSettler, subscriptionEraser, subscriptionSections } from "@veza/domain/subscriptions"
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
      distributionSections,
      paymentSections,
      subscriptionSections,
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
    distributionEraser,
    subscriptionEraser,
    paymentEraser,
    royaltyEraser
  ])
)

/** Whom payments are made for. */
const paymentSettlers = Layer.effect(PaymentSettlers, Effect.all([invoiceSettler]))

/** What contexts contribute to one another's work (05-decisions, "Deletion, export, erasure"). */
export const contributions = Layer.mergeAll(personalData, deletionGuards, erasers, paymentSettlers)
