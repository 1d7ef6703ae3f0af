import type { Consumer } from "@veza/domain/kernel"
import { processUpload } from "./process-upload.ts"
import { sendMail } from "./send-mail.ts"

type ServicesOf<C> = C extends Consumer<infer R> ? R : never
export type ConsumerServices = ServicesOf<typeof processUpload> | ServicesOf<typeof sendMail>

/** Everybody who acts on events. */
export const consumers: ReadonlyArray<Consumer<ConsumerServices>> = [sendMail, processUpload]
