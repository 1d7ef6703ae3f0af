import { Schema } from "effect"

/** What is mailed about a release at a store: where it ended up, and what its owner has to do about it. */
export const DistributionNews = Schema.Literals([
  "live",
  "rejected",
  "failed",
  "taken_down",
  "withdrawn",
  "change_refused",
  "takedown_refused"
])
export type DistributionNews = typeof DistributionNews.Type

interface Told {
  readonly news: DistributionNews
  readonly username: string
  readonly title: string
  readonly store: string
  readonly reason: string | null
}

interface Words {
  readonly subject: string
  readonly paragraphs: ReadonlyArray<string>
}

const words = (subject: string, ...paragraphs: ReadonlyArray<string | undefined>): Words => ({
  subject,
  paragraphs: paragraphs.filter((paragraph) => paragraph !== undefined)
})

/** The words of a mail about a release at a store; a link to the submission stands behind the first paragraph. */
export const distributionNews = ({ news, username, title, store, reason }: Told): Words => {
  const hello = `Hello ${username},`
  const release = `“${title}”`
  const why = reason === null ? undefined : `The reason: ${reason}`
  switch (news) {
    case "live":
      return words(
        `${release} is live on ${store}`,
        `${hello} ${store} sells ${release} now. How it stands everywhere:`
      )
    case "rejected":
      return words(
        `${store} did not accept ${release}`,
        `${hello} ${release} was not accepted for ${store}. You can correct it and send it again here:`,
        why,
        "Change the release, then send the submission again: it goes only to the stores that did not accept it."
      )
    case "failed":
      return words(
        `${release} could not be delivered to ${store}`,
        `${hello} ${release} did not get to ${store}, although we tried several times. You can send it again here:`,
        why,
        "Nothing is wrong with the release itself as far as we know."
      )
    case "taken_down":
      return words(
        `${release} is no longer on ${store}`,
        `${hello} ${store} does not sell ${release} any more. What happened:`,
        why,
        "If you want it back there, submit the release again."
      )
    case "withdrawn":
      return words(
        `${release} was not sent to ${store}`,
        `${hello} ${release} was taken back before it got to ${store}. What happened:`,
        why
      )
    case "change_refused":
      return words(
        `${store} did not take your change of ${release}`,
        `${hello} ${release} is still sold on ${store} as it was before your last change. You can send the change again here:`,
        why
      )
    case "takedown_refused":
      return words(
        `${store} still has ${release}`,
        `${hello} ${store} did not take ${release} down yet. We ask again every six hours; there is nothing that you have to do. How it stands:`,
        why
      )
  }
}
