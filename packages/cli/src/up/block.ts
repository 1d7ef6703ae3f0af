import { Redacted } from "effect"
import { otpauthUri } from "@veza/adapters/crypto"
import { recordings } from "../seed/tracks.ts"
import { type SampleAccount, sampleAccounts } from "../seed/accounts.ts"

export interface Running {
  readonly url: string
  readonly home: string
  readonly hasFfmpeg: boolean
  readonly hasScanner: boolean
  /** Releases go to sandbox stores. */
  readonly hasStores: boolean
  /** Where payments go, if that is the sandbox. */
  readonly paymentSandbox: string | undefined
}

/** What a newcomer needs to go on, in 80 columns. */
export const startBlock = (running: Running): string => {
  const { listener, creator, admin } = sampleAccounts
  const sample = recordings(false, running.hasFfmpeg)[0]
  const account = (role: string, one: SampleAccount) => `    ${role.padEnd(9)} ${one.email.padEnd(24)} ${one.password}`
  return [
    "",
    "  Veza is running. Ctrl-C stops it; the data stays.",
    "",
    `  API       ${running.url}/api/v1`,
    `  API page  ${running.url}/swagger/index.html`,
    `  Mail      ${running.home}/mail`,
    ...(running.paymentSandbox === undefined
      ? []
      : [`  Payments  ${running.paymentSandbox} (sandbox: no money moves)`]),
    ...(running.hasStores ? ["  Stores    spotify, apple_music, deezer (sandbox: nothing is sold)"] : []),
    "",
    "  Accounts",
    account("listener", listener),
    account("creator", creator),
    account("admin", admin),
    "    The admin's authenticator (development only):",
    `    ${otpauthUri(Redacted.make(admin.totpSecret), "admin")}`,
    "",
    `  Play “${sample?.song.title ?? ""}”:`,
    `    curl -s ${running.url}/api/v1/tracks/${sample?.trackId ?? ""}/stream -o song.wav`,
    "",
    ...(running.hasScanner ? [] : ["  No virus scanner answers: uploads are accepted unscanned."]),
    ...(running.hasFfmpeg ? [] : ["  No ffmpeg: samples are WAV, waveforms for WAV and AIFF only, no HLS."]),
    ""
  ].join("\n")
}
