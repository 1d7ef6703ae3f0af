import type { EventContext, NewEvent } from "../kernel/index.ts"
import { mailRequested } from "./events.ts"
import type { MailRequest } from "./mail-request.ts"
import type { User } from "./user.ts"

/** A mail to the owner of an account, where there is one and the address is known to be theirs. */
export const mailToOwner = (
  user: User | undefined,
  mail: (to: string, username: string) => MailRequest,
  context: EventContext
): ReadonlyArray<NewEvent> =>
  user !== undefined && user.isVerified && user.isActive
    ? [mailRequested(user.id, mail(user.email, user.username), context)]
    : []
