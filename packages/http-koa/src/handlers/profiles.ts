import { DateTime, Effect } from "effect"
import { fileOfBytes } from "@veza/domain/kernel"
import * as Accounts from "@veza/domain/accounts"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import { readImageBody } from "../koa/image-body.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { streamFile } from "../koa/stream-file.ts"
import { profileView } from "./profile-view.ts"

type Handlers = HandlersOf<typeof Api, Services>["profiles"]

/** What only some may see is kept by no cache. */
const show = Effect.fnUntraced(function* (seen: Accounts.SeenProfile) {
  if (seen.sight === "whole") (yield* Exchange).set("Cache-Control", "no-store")
  return profileView(seen)
})

const byId: Handlers["byId"] = Effect.fnUntraced(function* ({ params }) {
  return yield* show(yield* Accounts.readProfile(yield* RequestActor, params.id))
})

const byUsername: Handlers["byUsername"] = Effect.fnUntraced(function* ({ params }) {
  return yield* show(yield* Accounts.readProfileByUsername(yield* RequestActor, params.username))
})

const change: Handlers["change"] = Effect.fnUntraced(function* ({ params, payload }) {
  return profileView(yield* Accounts.changeProfile(yield* SignedInActor, params.id, payload))
})

const completion: Handlers["completion"] = Effect.fnUntraced(function* ({ params }) {
  return yield* Accounts.readCompletion(yield* SignedInActor, params.id)
})

const receive = (kind: Accounts.ImageKind) =>
  Effect.fnUntraced(function* () {
    const sent = yield* readImageBody(yield* Exchange, (yield* HostSettings).streamIdle)
    return profileView(yield* Accounts.setImage(yield* SignedInActor, kind, sent))
  })

const clear = (kind: Accounts.ImageKind) =>
  Effect.fnUntraced(function* () {
    return profileView(yield* Accounts.clearImage(yield* SignedInActor, kind))
  })

const send = (kind: Accounts.ImageKind): Handlers["avatar"] =>
  Effect.fnUntraced(function* ({ params }) {
    const ctx = yield* Exchange
    const { image, bytes, isPrivate } = yield* Accounts.readImage(yield* RequestActor, params.id, kind)
    if (isPrivate) ctx.set("Cache-Control", "private, max-age=2592000")
    const file = fileOfBytes(bytes, DateTime.toDateUtc(image.changedAt))
    const representation = { file, contentType: Accounts.imageContentType, etag: `"${image.contentHash}"` }
    yield* streamFile(ctx, representation, (yield* HostSettings).streamIdle)
  })

export const profiles: Handlers = {
  byId,
  byUsername,
  change,
  completion,
  setAvatar: receive("avatar"),
  setBanner: receive("banner"),
  clearAvatar: clear("avatar"),
  clearBanner: clear("banner"),
  avatar: send("avatar"),
  banner: send("banner")
}
