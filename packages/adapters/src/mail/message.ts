import { Effect } from "effect"
import { type Mail, MailFailed } from "@veza/domain/platform"

/** One address and nothing else: no list, no display name, nothing that could end a header line. */
const address = /^[^\s\p{Cc},;:<>()[\]"\\@]+@[^\s\p{Cc},;:<>()"\\@]+$/u
const controls = /[\p{Cc}\s]+/gu

/** The domain of a mail address: what logs may say of a recipient. */
export const recipientDomain = (to: string): string => to.slice(to.lastIndexOf("@") + 1)

/** A mail as nodemailer takes it. A recipient that is not exactly one address is refused; a subject is one line. */
export const toMessage = (from: string, mail: Mail) =>
  address.test(mail.to)
    ? Effect.succeed({
        from,
        to: { name: "", address: mail.to },
        subject: mail.subject.replace(controls, " "),
        text: mail.text,
        html: mail.html,
        disableFileAccess: true,
        disableUrlAccess: true
      })
    : Effect.fail(new MailFailed({ message: "The mail could not be sent: its recipient is not a mail address." }))
