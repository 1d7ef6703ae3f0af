import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import PostalMime, { type Email } from "postal-mime"
import { eventually } from "./eventually.ts"

/** The mails of a mail folder, oldest first. */
export const readMails = async (folder: string): Promise<ReadonlyArray<Email>> => {
  const names = await readdir(folder).catch((): Array<string> => [])
  const files = names.filter((name) => name.endsWith(".eml")).toSorted()
  return Promise.all(files.map(async (name) => new PostalMime().parse(await readFile(join(folder, name)))))
}

/** The latest mail to an address, waited for. */
export const mailTo = (folder: string, address: string): Promise<Email> =>
  eventually(`a mail to ${address}`, async () =>
    (await readMails(folder)).findLast(({ to }) => to?.some((one) => one.address === address))
  )

/** The token in the link of a mail. */
export const tokenIn = (mail: Email): string => {
  const token = /[?&#]token=([\w-]+)/u.exec(mail.text ?? "")?.[1]
  if (token === undefined) throw new Error(`The mail “${mail.subject}” holds no link with a token.`)
  return token
}
