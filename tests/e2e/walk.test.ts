import { walkTheWholeWay } from "./walk.steps.ts"

walkTheWholeWay("the whole way, events from the outbox", { brokered: false })
