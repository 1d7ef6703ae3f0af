import { dirname, resolve } from "node:path"
import { Data, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { keepPublicKey, type KeyFiles, type KeyType, readSigningKey, writeKeyPair } from "@veza/adapters/crypto"
import { print } from "../output.ts"
import { root } from "../root.ts"

/** The key files could not be written or there is nothing to rotate; the message is for the operator. */
export class KeysRefused extends Data.TaggedError("KeysRefused")<{ readonly message: string }> {}

const attempt = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) =>
      new KeysRefused({
        message: `The key was not written: ${error instanceof Error ? error.message : String(error)}.`
      })
  })

const types = ["ed25519", "rsa"] as const
const folder = Flag.String("out").pipe(Flag.withDescription("Folder for the key files; made when it is missing"))

const shown = (files: KeyFiles, publicKeys: ReadonlyArray<string>) => ({
  kid: files.kid,
  private_key: files.privateKey,
  public_key: files.publicKey,
  set: { JWT_PRIVATE_KEY_PATH: files.privateKey, JWT_PUBLIC_KEY_PATH: publicKeys.join(",") }
})

const toSet = (files: KeyFiles, publicKeys: ReadonlyArray<string>) => [
  `  JWT_PRIVATE_KEY_PATH=${files.privateKey}`,
  `  JWT_PUBLIC_KEY_PATH=${publicKeys.join(",")}`
]

const generate = Effect.fnUntraced(function* (flags: { readonly type: KeyType; readonly out: string }) {
  const files = yield* attempt(() => writeKeyPair(resolve(flags.out), flags.type))
  const publicKeys = [files.publicKey]
  yield* print(yield* root, shown(files, publicKeys), [
    `Made the key ${files.kid}. Set these and restart:`,
    ...toSet(files, publicKeys)
  ])
})

const rotate = Effect.fnUntraced(function* (flags: {
  readonly type: Option.Option<KeyType>
  readonly out: Option.Option<string>
}) {
  const { JWT_PRIVATE_KEY_PATH: current, JWT_PUBLIC_KEY_PATH: others = [] } = yield* AppSettings
  if (current === undefined) {
    return yield* new KeysRefused({
      message: "JWT_PRIVATE_KEY_PATH is not set, so there is no key to rotate: begin with `veza keys generate`."
    })
  }
  const old = yield* Effect.mapError(
    Effect.fromResult(readSigningKey(current)),
    (fault) => new KeysRefused({ message: `JWT_PRIVATE_KEY_PATH ${fault}.` })
  )
  const out = resolve(Option.getOrElse(flags.out, () => dirname(current)))
  const sameType: KeyType = old.alg === "RS256" ? "rsa" : "ed25519"
  const type = Option.getOrElse(flags.type, () => sameType)
  const files = yield* attempt(() => writeKeyPair(out, type))
  const former = yield* attempt(() => keepPublicKey(out, old))
  const publicKeys = [...new Set([files.publicKey, former, ...others.map((path) => resolve(path))])]
  yield* print(yield* root, { ...shown(files, publicKeys), former_kid: old.kid }, [
    `Made the key ${files.kid}, which follows ${old.kid}. Set these and restart:`,
    ...toSet(files, publicKeys),
    "With several processes set JWT_PUBLIC_KEY_PATH on all of them first, five minutes before JWT_PRIVATE_KEY_PATH: so",
    "long others keep the key set. Fifteen minutes after the last restart the former key's files may go."
  ])
}, Effect.provide(settingsLayer))

export const keys = Command.make("keys").pipe(
  Command.withDescription("Make and rotate the keys that sign access tokens"),
  Command.withSubcommands([
    Command.make(
      "generate",
      {
        type: Flag.Literals("type", types).pipe(
          Flag.withDescription("ed25519 (EdDSA) or rsa (RS256, 3072 bits)"),
          Flag.withDefault("ed25519" as const)
        ),
        out: folder
      },
      generate
    ).pipe(Command.withDescription("Write a new key pair, and say what to set")),
    Command.make(
      "rotate",
      {
        type: Flag.Literals("type", types).pipe(
          Flag.withDescription("The former key's type unless told"),
          Flag.optional
        ),
        out: folder.pipe(Flag.optional)
      },
      rotate
    ).pipe(Command.withDescription("Write a key that follows JWT_PRIVATE_KEY_PATH; the former goes on verifying"))
  ])
)
