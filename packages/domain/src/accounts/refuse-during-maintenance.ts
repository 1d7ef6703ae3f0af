import { Effect } from "effect"
import { permits } from "../kernel/index.ts"
import { MaintenanceMode, UnderMaintenance } from "../platform/index.ts"
import type { User } from "./user.ts"

/** While the service rests only administrators may log in (05-decisions, "Maintenance"). */
export const refuseDuringMaintenance = Effect.fnUntraced(function* (user: User) {
  if ((yield* MaintenanceMode).read().on && !permits(user.role, "maintenance.pass"))
    return yield* new UnderMaintenance()
})
