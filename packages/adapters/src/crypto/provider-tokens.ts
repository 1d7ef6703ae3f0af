import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { Effect, Layer, Option, Redacted } from "effect"
import { ProviderTokens } from "@veza/domain/accounts"
import { deriveKey } from "./keys.ts"

/** What our own texts begin with; no provider's token does. */
const mark = "veza:1"
const nonceLength = 12
const tagLength = 16

interface Key {
  readonly id: string
  readonly key: Buffer
}

/** A key and its name, both made of the secret; the name tells nothing of the key (HKDF, RFC 5869 §3.2). */
const keyOf = (secret: Redacted.Redacted<string>): Key => ({
  id: deriveKey(secret, "oauth token key id").toString("hex").slice(0, 16),
  key: deriveKey(secret, "oauth tokens")
})

export interface ProviderTokenSettings {
  /** What tokens are sealed with from now on. */
  readonly current: Redacted.Redacted<string>
  /** What still opens them. */
  readonly former: ReadonlyArray<Redacted.Redacted<string>>
}

const seal = ({ id, key }: Key, owner: string, plain: string): string => {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()])
  return `${mark}:${id}:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`
}

const open = (key: Key, owner: string, body: string): string | undefined => {
  const bytes = Buffer.from(body, "base64url")
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.key, bytes.subarray(0, nonceLength), {
      authTagLength: tagLength
    })
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
    const plain = Buffer.concat([decipher.update(bytes.subarray(nonceLength + tagLength)), decipher.final()])
    return plain.toString("utf8")
  } catch {
    return undefined
  }
}

/** AES-256-GCM (NIST SP 800-38D) under one of several keys: `veza:1:<key id>:<nonce, tag, ciphertext>`. */
export const providerTokens = (settings: ProviderTokenSettings) =>
  Layer.sync(ProviderTokens, () => {
    const current = keyOf(settings.current)
    const keys = new Map([...settings.former.map(keyOf), current].map((key) => [key.id, key]))
    /** The token and its key's id; without an id the text is none of ours. */
    const look = (owner: string, stored: string): { readonly id?: string; readonly plain: string | undefined } => {
      if (!stored.startsWith(`${mark}:`)) return { plain: stored }
      const [id = "", body = ""] = stored.slice(mark.length + 1).split(":")
      const key = keys.get(id)
      return { id, plain: key === undefined ? undefined : open(key, owner, body) }
    }
    return ProviderTokens.of({
      seal: (owner, token) => Effect.sync(() => seal(current, owner, Redacted.value(token))),
      open: (owner, stored) =>
        Option.map(Option.fromNullishOr(look(owner, stored).plain), (plain) => Redacted.make(plain)),
      formOf: (owner, stored) => {
        const { id, plain } = look(owner, stored)
        if (plain === undefined) return "unreadable"
        return id === undefined ? "plain" : id === current.id ? "current" : "former"
      }
    })
  })
