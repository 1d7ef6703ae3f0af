import { generateKeyPair, type KeyObject } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { Result } from "effect"
import { signingKey, type VerificationKey } from "./signing-keys.ts"

export type KeyType = "ed25519" | "rsa"

/** The files of one key, named by it. */
export interface KeyFiles {
  readonly kid: string
  readonly privateKey: string
  readonly publicKey: string
}

const generate = promisify(generateKeyPair)
const rsaBits = 3072

const newPrivateKey = async (type: KeyType): Promise<KeyObject> =>
  type === "rsa"
    ? (await generate("rsa", { modulusLength: rsaBits })).privateKey
    : (await generate("ed25519", undefined)).privateKey

const publicFile = (folder: string, kid: string): string => join(folder, `${kid}.public.pem`)
const pem = (key: KeyObject): string => String(key.export({ format: "pem", type: "spki" }))

/** Writes the public key of `key` beside the others, unless it lies there already. Answers its path. */
export const keepPublicKey = async (folder: string, key: VerificationKey): Promise<string> => {
  const path = publicFile(folder, key.kid)
  const text = pem(key.publicKey)
  const there = await readFile(path, "utf8").catch(() => undefined)
  if (there !== text) await writeFile(path, text, { mode: 0o600, flag: "wx" })
  return path
}

/**
 * Makes a key of that type and writes both halves into `folder`, for the owner's eyes only, named by its thumbprint.
 * A file that exists is never overwritten: rejects with EEXIST.
 */
export const writeKeyPair = async (folder: string, type: KeyType): Promise<KeyFiles> => {
  const text = String((await newPrivateKey(type)).export({ format: "pem", type: "pkcs8" }))
  const key = Result.getOrThrow(signingKey(text))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const privateFile = join(folder, `${key.kid}.private.pem`)
  await writeFile(privateFile, text, { mode: 0o600, flag: "wx" })
  return { kid: key.kid, privateKey: privateFile, publicKey: await keepPublicKey(folder, key) }
}
