import { Schema } from "effect"

/** What is mailed about a subscription: every step that concerns money, and every one that its owner should not miss. */
export const SubscriptionNews = Schema.Literals([
  "trial_started",
  "trial_ending",
  "paid",
  "payment_failed",
  "payment_reminder",
  "changed",
  "change_lapsed",
  "change_scheduled",
  "continues",
  "ending",
  "ended_canceled",
  "ended_unpaid",
  "not_completed",
  "refunded"
])
export type SubscriptionNews = typeof SubscriptionNews.Type

interface Told {
  readonly news: SubscriptionNews
  readonly username: string
  readonly plan: string
  readonly amount: string | null
  readonly day: string | null
  readonly invoice: string | null
}

interface Words {
  readonly subject: string
  readonly paragraphs: ReadonlyArray<string>
  /** A link to the page of the subscription stands behind the first paragraph. */
  readonly hasLink: boolean
}

const words = (subject: string, hasLink: boolean, ...paragraphs: ReadonlyArray<string>): Words => ({
  subject,
  paragraphs,
  hasLink
})

/** The words of a mail about a subscription. Days are those of UTC. */
export const subscriptionNews = ({ news, username, plan, amount, day, invoice }: Told): Words => {
  const hello = `Hello ${username},`
  switch (news) {
    case "trial_started":
      return words(
        `Your trial of ${plan} has begun`,
        true,
        `${hello} you have ${plan} free of charge until ${day}. Tell us how you will pay, or cancel, here:`,
        `From ${day} on it costs ${amount}, unless you cancel before.`
      )
    case "trial_ending":
      return words(
        `Your trial of ${plan} ends on ${day}`,
        true,
        `${hello} your trial of ${plan} ends on ${day}, and then ${amount} is due. To cancel, or to change how you pay:`,
        "If you want to keep the plan and have told us how you will pay, there is nothing to do."
      )
    case "paid":
      return words(
        `We received ${amount}`,
        true,
        `${hello} thank you: your payment of ${amount} for invoice ${invoice} arrived, and you have ${plan} until ${day}. Your invoices are here:`
      )
    case "payment_failed":
      return words(
        "Your payment did not go through",
        true,
        `${hello} we could not collect ${amount} for ${plan}. Please pay, or give us another way to, here:`,
        day === null
          ? "We tried for a week; without a payment the plan ends now."
          : `We try again on ${day}. You keep the plan for seven days after the end of the period that you paid for.`
      )
    case "payment_reminder":
      return words(
        `${amount} is due for ${plan}`,
        true,
        `${hello} your period of ${plan} is over, and ${amount} for the next one has not arrived. Please pay, or give us a way to, here:`,
        "You keep the plan for seven days after the end of the period that you paid for; then it ends."
      )
    case "changed":
      return words(`You now have ${plan}`, false, `${hello} your subscription was changed: you now have ${plan}.`)
    case "change_lapsed":
      return words(
        "Your subscription was not changed",
        true,
        `${hello} the payment for the change was not completed, so your subscription stays as it was: ${plan}. To try again:`
      )
    case "change_scheduled":
      return words(
        `Your subscription changes on ${day}`,
        true,
        `${hello} on ${day} your subscription becomes ${plan}. Until then everything stays as it is, and you can take the change back here:`
      )
    case "continues":
      return words(
        "Your subscription continues",
        false,
        `${hello} your subscription to ${plan} stays as it is: it will be renewed on ${day}.`
      )
    case "ending":
      return words(
        `Your subscription ends on ${day}`,
        true,
        `${hello} your subscription to ${plan} is cancelled. You have it until ${day}, and can take the cancellation back until then:`
      )
    case "ended_canceled":
      return words(
        "Your subscription has ended",
        true,
        `${hello} your subscription to ${plan} has ended, as you asked. You have the free plan now. To come back:`
      )
    case "ended_unpaid":
      return words(
        "Your subscription has ended",
        true,
        `${hello} we received no payment for ${plan}, so your subscription has ended. You have the free plan now. To come back:`
      )
    case "not_completed":
      return words(
        `Your subscription to ${plan} was not completed`,
        true,
        `${hello} the first payment for ${plan} did not arrive, so the subscription did not begin and nothing was charged. To try again:`
      )
    case "refunded":
      return words(
        `You get ${amount} back`,
        false,
        `${hello} a payment of ${amount} for invoice ${invoice} came in that was no longer needed. We have returned it; it can take some days to arrive.`
      )
  }
}
