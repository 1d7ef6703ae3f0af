import { Context, type Effect, Schema } from "effect"

/** Canonical text form of any UUID (RFC 9562), in lower or upper case. */
export const Uuid = Schema.String.check(Schema.isUUID(undefined, { expected: "a UUID" }))

/**
 * Where ids come from (00-conventions, "Base"): entities carry version 4; append-only, high-volume rows carry the
 * time-ordered version 7 so that their index grows at one end.
 */
export class Ids extends Context.Service<
  Ids,
  {
    readonly entity: Effect.Effect<string>
    readonly row: Effect.Effect<string>
    /** As many ids of rows at once, for what is written in batches. */
    readonly rows: (count: number) => Effect.Effect<ReadonlyArray<string>>
  }
>()("@veza/domain/kernel/Ids") {}
