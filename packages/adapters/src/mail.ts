export { type FolderMailSettings, folderMailer } from "./mail/folder.ts"
export { type SmtpSettings, smtpMailer } from "./mail/smtp.ts"
