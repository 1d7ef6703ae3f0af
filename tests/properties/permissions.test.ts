import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import fc from "fast-check"
import {
  type Actor,
  grants,
  type InSession,
  ownsOrAdministers,
  type Permission,
  permissions,
  permits,
  requirePermission,
  requireSecondFactor,
  Role,
  SessionId,
  UserId
} from "@veza/domain/kernel"

const uuid = "6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"
const other = UserId.make("7f7f7f7f-7f7f-4f7f-8f7f-7f7f7f7f7f7f")
const origin = { ip: "192.0.2.1", userAgent: "property", requestId: "1" }
const person = (role: Role, secondFactorAt: number | null = null): InSession => ({
  _tag: "SignedIn",
  by: "session",
  userId: UserId.make(uuid),
  sessionId: SessionId.make(uuid),
  role,
  isVerified: true,
  authenticatedAt: 0,
  secondFactorAt,
  origin
})
const anyRole = fc.constantFrom(...Role.literals)
const anyPermission = fc.constantFrom(...permissions)
const passes = (actor: Actor, permission: Permission) =>
  Exit.isSuccess(Effect.runSyncExit(requirePermission(actor, permission)))

describe("the table of permissions", () => {
  it("gives an administrator everything, and nobody more", () =>
    fc.assert(
      fc.property(anyRole, anyPermission, (role, permission) => {
        assert.isTrue(permits("admin", permission))
        assert.isAtMost(grants[role].size, grants.admin.size)
      })
    ))

  it("gives a listener nothing, and moderators no administration", () => {
    assert.strictEqual(grants.user.size, 0)
    for (const permission of permissions) {
      if (/administrate$|^audit|^maintenance/u.test(permission)) {
        const holders = Role.literals.filter((role) => permits(role, permission))
        assert.deepStrictEqual(holders, ["admin"], permission)
      }
    }
    assert.isTrue(permits("moderator", "content.moderate") && permits("moderator", "notices.judge"))
  })

  it("lets every role but the listener's publish", () => {
    assert.deepStrictEqual(
      Role.literals.filter((role) => !permits(role, "content.publish")),
      ["user"]
    )
  })
})

describe("a use-case that requires a permission", () => {
  it("lets pass exactly those whose role allows it, and nobody who is not signed in", () =>
    fc.assert(
      fc.property(anyRole, anyPermission, (role, permission) => {
        assert.strictEqual(passes(person(role), permission), permits(role, permission))
        assert.isFalse(passes({ _tag: "Anonymous", origin }, permission))
      })
    ))

  it("asks for a second factor whenever it was passed in this session, however long ago", () =>
    fc.assert(
      fc.property(anyRole, fc.option(fc.nat()), (role, passedAt) => {
        const exit = Effect.runSyncExit(requireSecondFactor(person(role, passedAt)))
        assert.strictEqual(Exit.isSuccess(exit), passedAt !== null)
      })
    ))

  it("takes administrators of content for owners, and nobody else", () =>
    fc.assert(
      fc.property(anyRole, (role) => {
        assert.isTrue(ownsOrAdministers(person(role), UserId.make(uuid)))
        assert.strictEqual(ownsOrAdministers(person(role), other), role === "admin")
      })
    ))
})
