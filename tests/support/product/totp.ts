import { createHmac } from "node:crypto"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const bytesOf = (base32: string): Buffer => {
  const bits = [...base32].map((char) => alphabet.indexOf(char).toString(2).padStart(5, "0")).join("")
  return Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** The time step of a moment (RFC 6238 §4.2). */
export const stepAt = (millis: number): number => Math.floor(millis / 30_000)

/** What an authenticator shows for a secret at a step; written from RFC 4226 §5.3, apart from what it tests. */
export const codeOfStep = (secret: string, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest()
  const number = mac.readUInt32BE(mac.readUInt8(19) & 0x0f) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}

/** The code of this moment, or of one `steps` away. */
export const codeNow = (secret: string, steps = 0): string => codeOfStep(secret, stepAt(Date.now()) + steps)

/** Six digits that no step near this moment has. */
export const wrongCode = (secret: string): string => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeNow(secret, steps))
  return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.includes(code)) ?? ""
}
