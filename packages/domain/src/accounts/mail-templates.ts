import type { Mail } from "../platform/index.ts"
import { distributionNews } from "./distribution-mails.ts"
import type { MailRequest } from "./mail-request.ts"
import { subscriptionNews } from "./subscription-mails.ts"

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/gu, (char) => escapes[char] ?? char)

/** Text and HTML from the same paragraphs; a link stands in a paragraph of its own. */
const compose = (to: string, subject: string, paragraphs: ReadonlyArray<string>, link?: string): Mail => ({
  to,
  subject,
  text:
    [...paragraphs.slice(0, 1), ...(link === undefined ? [] : [link]), ...paragraphs.slice(1), "— Veza"].join("\n\n") +
    "\n",
  html: [
    '<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
    `<p>${escapeHtml(paragraphs[0] ?? "")}</p>`,
    ...(link === undefined ? [] : [`<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`]),
    ...paragraphs.slice(1).map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    "<p>— Veza</p></body></html>"
  ].join("\n")
})

/** Where a new password is chosen with the secret of a link. */
export const resetLink = (frontendUrl: string, token: string): string =>
  `${frontendUrl}/reset-password?token=${encodeURIComponent(token)}`

/** Renders a requested mail, if it is one; `frontendUrl` is where its links lead. */
export const renderMail = (mail: MailRequest, frontendUrl: string): Mail | undefined => {
  switch (mail.template) {
    case "verify_email":
      return compose(
        mail.to,
        "Confirm your e-mail address",
        [
          `Hello ${mail.username}, please confirm your e-mail address within 24 hours by opening this link:`,
          `If you did not sign up for Veza as ${mail.username} yourself, ignore this mail: the link would open somebody else's account with your address.`
        ],
        `${frontendUrl}/verify-email?token=${encodeURIComponent(mail.token)}`
      )
    case "reset_password":
      return compose(
        mail.to,
        "Choose a new password",
        [
          `Hello ${mail.username}, choose a new password within an hour by opening this link:`,
          "If you did not ask for it, ignore this mail; your password stays as it is."
        ],
        resetLink(frontendUrl, mail.token)
      )
    case "password_changed":
      return compose(mail.to, "Your password was changed", [
        `Hello ${mail.username}, the password of your Veza account was just changed, and other devices were signed out.`,
        "If that was not you, choose a new password at once by “forgot password” on the log-in page."
      ])
    case "api_key_created":
      return compose(mail.to, "An API key was made for your account", [
        `Hello ${mail.username}, the API key “${mail.name}”, which begins with ${mail.prefix}, was just made for your Veza account.`,
        "If that was not you, revoke the key in the developer settings and change your password at once."
      ])
    case "account_banned":
      return compose(mail.to, "Your account was banned", [
        `Hello ${mail.username}, your Veza account was banned and signed out everywhere. The reason given: ${mail.reason}`,
        "If you think this is a mistake, answer to the support team; logging in is not possible meanwhile."
      ])
    case "account_unbanned":
      return compose(mail.to, "Your account is open again", [
        `Hello ${mail.username}, the ban of your Veza account has ended. You can log in again.`
      ])
    case "second_factor_enabled":
      return compose(mail.to, "Two-factor authentication is on", [
        `Hello ${mail.username}, logging in to your Veza account now also asks for a code of your authenticator.`,
        "If that was not you, choose a new password at once by “forgot password” on the log-in page, and write to us."
      ])
    case "second_factor_disabled":
      return compose(mail.to, "Two-factor authentication is off", [
        `Hello ${mail.username}, logging in to your Veza account no longer asks for a code of your authenticator.`,
        "If that was not you, choose a new password at once by “forgot password” on the log-in page."
      ])
    case "change_email":
      return compose(
        mail.to,
        "Confirm your new e-mail address",
        [
          `Hello ${mail.username}, please confirm within 24 hours that this is your new address by opening this link:`,
          "If you did not ask for it, ignore this mail; nothing happens without the link."
        ],
        `${frontendUrl}/confirm-email-change?token=${encodeURIComponent(mail.token)}`
      )
    case "address_in_use":
      return compose(mail.to, "This address already has a Veza account", [
        "Somebody, perhaps you, wanted to move another Veza account to this e-mail address, which already has one.",
        "If it was you, log in with this address. If it was not, there is nothing to do: nothing has changed."
      ])
    case "email_change_requested":
      return compose(mail.to, "Your e-mail address is about to change", [
        `Hello ${mail.username}, your Veza account moves to another e-mail address once that one is confirmed.`,
        "If that was not you, choose a new password at once by “forgot password”: that stops the change."
      ])
    case "email_changed":
      return compose(mail.to, "Your e-mail address was changed", [
        `Hello ${mail.username}, your Veza account now has another e-mail address; this one no longer belongs to it.`,
        "If that was not you, please write to us at once."
      ])
    case "export_ready":
      return compose(
        mail.to,
        "Your data is ready",
        [
          `Hello ${mail.username}, the export of your data is ready. Download it within seven days, while logged in, here:`,
          "If you did not ask for it, change your password: somebody else is logged in to your account."
        ],
        `${frontendUrl}/settings/exports?id=${encodeURIComponent(mail.exportId)}`
      )
    case "account_deleted":
      return compose(mail.to, "Your account is deleted", [
        `Goodbye ${mail.username}, your Veza account and what it told about you are deleted, as was asked for with your password.`,
        "The last traces, such as addresses of log-ins, go in 30 days. This is the last mail that Veza sends you."
      ])
    case "track_rejected":
      return compose(mail.to, "One of your tracks was taken down", [
        `Hello ${mail.username}, the virus scanner found something in the file of your track “${mail.title}”. Nobody can hear it any more, and the file is removed.`,
        "Your computer may be infected: please check it before you upload the track again from a clean copy."
      ])
    case "identity_linked":
      return compose(mail.to, "A new way into your account", [
        `Hello ${mail.username}, you can now log in to your Veza account with ${mail.provider}.`,
        "If that was not you, change your password at once, and unlink it in the settings of your account."
      ])
    case "track_taken_down":
      return compose(mail.to, "A track of yours was taken down", [
        `Hello ${mail.username}, your track “${mail.title}” was taken down: ${mail.claimant} claims that it infringes their copyright. Nobody can play it for now, not even you.`,
        `The work it is said to infringe: ${mail.work}`,
        `If this is a mistake or a misidentification, you can object with a counter-notice to notice ${mail.noticeId}, under penalty of perjury. The claimant then gets a copy with your name and address, and your track comes back after 10 to 14 business days unless they go to court.`
      ])
    case "track_restored":
      return compose(mail.to, "A claim about your track is settled", [
        `Hello ${mail.username}, notice ${mail.noticeId} about your track “${mail.title}” is settled in your favour.`,
        mail.stillBlocked
          ? "Another notice still blocks the track; object to that one too if it is a mistake."
          : "The track can be played again, by whoever could play it before."
      ])
    case "counter_notice":
      return compose(mail.to, "A counter-notice to your notice of infringement", [
        `Hello ${mail.claimant}, the uploader of “${mail.title}” has objected to your notice ${mail.noticeId}. We put the track back once ${mail.restorableFrom} has come, unless you tell us before that you filed an action seeking a court order against the uploader.`,
        "A copy of the counter-notice, made under penalty of perjury, with consent to the jurisdiction of the federal district court and to service by you:",
        mail.statement,
        `${mail.name}, ${mail.address}, ${mail.phone}`,
        `Signed: ${mail.signature}`
      ])
    case "subscription_news": {
      const { subject, paragraphs, hasLink } = subscriptionNews(mail)
      return compose(mail.to, subject, paragraphs, hasLink ? `${frontendUrl}/subscription` : undefined)
    }
    case "distribution_news": {
      const { subject, paragraphs } = distributionNews(mail)
      return compose(mail.to, subject, paragraphs, `${frontendUrl}/distribution/submissions/${mail.submissionId}`)
    }
    case "none":
      return undefined
    case "address_already_registered":
      return compose(mail.to, "You already have a Veza account", [
        "Somebody, perhaps you, tried to sign up for Veza with this e-mail address, which already has an account.",
        "If it was you, log in or reset your password. If it was not, there is nothing to do: nothing has changed."
      ])
  }
}
