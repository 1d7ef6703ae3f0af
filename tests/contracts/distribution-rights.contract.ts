import { assert, layer } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import type { Users } from "@veza/domain/accounts"
import type { Ids, UserId } from "@veza/domain/kernel"
import { type DistributionRight, DistributionRights } from "@veza/domain/distribution"
import { addUser } from "./samples.ts"

/** Brings somebody into the state in which they have a right now. */
export class GiveRight extends Context.Service<
  GiveRight,
  { readonly give: (user: UserId, right: Exclude<DistributionRight, "none">) => Effect.Effect<void> }
>()("@veza/tests/GiveRight") {}

/** What whoever knows about rights to distribute answers. */
export const distributionRightsContract = <E>(
  name: string,
  adapter: Layer.Layer<DistributionRights | GiveRight | Users | Ids, E>
) =>
  layer(adapter, { excludeTestServices: true })(`DistributionRights: ${name}`, (it) => {
    const rightOf = (user: UserId) => DistributionRights.use((rights) => rights.of(user))

    it.effect("know no right of somebody new", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* rightOf((yield* addUser()).id), "none")
      })
    )

    it.effect("tell what is granted from what is not paid for, each to whom it belongs", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* addUser(), yield* addUser()]
        yield* GiveRight.use(({ give }) => Effect.andThen(give(one.id, "granted"), give(other.id, "unpaid")))
        assert.deepStrictEqual([yield* rightOf(one.id), yield* rightOf(other.id)], ["granted", "unpaid"])
      })
    )
  })
