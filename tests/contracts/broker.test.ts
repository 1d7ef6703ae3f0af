import { Layer } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { brokerMemory } from "@veza/adapters/memory"
import { brokerContract } from "./broker.contract.ts"

brokerContract("memory", Layer.merge(brokerMemory, idsCrypto))
