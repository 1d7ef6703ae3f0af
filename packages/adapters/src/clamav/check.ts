import { Duration, Effect } from "effect"
import { type ClamavAddress, converse, until } from "./conversation.ts"
import { eicarArchive, leastArchive } from "./eicar-archive.ts"
import { ClamavFailed } from "./reply.ts"
import { openStream } from "./stream.ts"

const pingTimeout = Duration.seconds(5)
const scanTimeout = Duration.minutes(2)

/** Asks clamd whether it is there; fails with the reason after 5 seconds at the latest. */
export const pingClamav = (address: ClamavAddress): Effect.Effect<void, ClamavFailed> =>
  Effect.gen(function* () {
    const conversation = yield* converse(address, pingTimeout)
    conversation.send(Buffer.from("zPING\0"))
    yield* until(conversation, () => false, pingTimeout)
    if (conversation.reply !== "PONG") return yield* new ClamavFailed({ message: "What answers is not clamd." })
  }).pipe(Effect.scoped)

/**
 * Streams a generated file of `bytes` (at least a few hundred, below 4 GiB) with the harmless EICAR test file at its
 * end, in constant memory, and says whether clamd sees it. Fails when clamd is away or its limits are below `bytes`.
 */
export const seesEicarAtEndOf = (address: ClamavAddress, bytes: number): Effect.Effect<boolean, ClamavFailed> =>
  Effect.gen(function* () {
    const stream = yield* openStream(address, scanTimeout)
    for (const chunk of eicarArchive(Math.max(bytes, leastArchive))) yield* stream.write(chunk)
    return (yield* stream.verdict)._tag === "Infected"
  }).pipe(Effect.scoped)
