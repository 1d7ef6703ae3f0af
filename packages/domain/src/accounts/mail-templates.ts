import type { Mail } from "../platform/index.ts"
import type { MailRequest } from "./events.ts"

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

/** Renders a requested mail, if it is one; `frontendUrl` is where its links lead. */
export const renderMail = (mail: MailRequest, frontendUrl: string): Mail | undefined => {
  switch (mail.template) {
    case "verify_email":
      return compose(
        mail.to,
        "Confirm your e-mail address",
        [
          `Hello ${mail.username}, please confirm your e-mail address within 24 hours by opening this link:`,
          "If you did not sign up for Veza, ignore this mail; nothing happens without the link."
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
        `${frontendUrl}/reset-password?token=${encodeURIComponent(mail.token)}`
      )
    case "password_changed":
      return compose(mail.to, "Your password was changed", [
        `Hello ${mail.username}, the password of your Veza account was just changed, and other devices were signed out.`,
        "If that was not you, choose a new password at once by “forgot password” on the log-in page."
      ])
    case "none":
      return undefined
    case "address_already_registered":
      return compose(mail.to, "You already have a Veza account", [
        "Somebody, perhaps you, tried to sign up for Veza with this e-mail address, which already has an account.",
        "If it was you, log in or reset your password. If it was not, there is nothing to do: nothing has changed."
      ])
  }
}
