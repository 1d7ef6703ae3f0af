import { createHmac } from "node:crypto"
import { Layer, type Redacted } from "effect"
import { Recent } from "@veza/domain/kernel"
import { ListenerDigests } from "@veza/domain/tracks"
import { deriveKey } from "./keys.ts"

/** Today's key, and yesterday's about midnight. */
const keysKept = 2

/** HMAC-SHA-256 under a key of the day, cut to 128 bits and written as UUIDs are. */
export const listenerDigests = (secret: Redacted.Redacted<string>) =>
  Layer.sync(ListenerDigests, () => {
    const keys = new Recent<Buffer>(keysKept)
    const keyOf = (day: string): Buffer => {
      const known = keys.get(day)
      if (known !== undefined) return known
      const key = deriveKey(secret, `listeners of ${day}`)
      keys.set(day, key)
      return key
    }
    return ListenerDigests.of({
      of: (day, text) => {
        const hex = createHmac("sha256", keyOf(day)).update(text).digest("hex")
        return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-")
      }
    })
  })
