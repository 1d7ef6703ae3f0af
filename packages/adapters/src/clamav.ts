export { pingClamav, seesEicarAtEndOf } from "./clamav/check.ts"
export type { ClamavAddress } from "./clamav/conversation.ts"
export { ClamavFailed } from "./clamav/reply.ts"
export { type ClamavSettings, clamavScanner } from "./clamav/scanner.ts"
