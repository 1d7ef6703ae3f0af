import { createHash } from "node:crypto"
import { Layer } from "effect"
import { Sha256 } from "@veza/domain/platform"

export const sha256Crypto = Layer.succeed(Sha256, (text) => createHash("sha256").update(text, "utf8").digest("hex"))
