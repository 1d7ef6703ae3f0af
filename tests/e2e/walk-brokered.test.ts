import { walkTheWholeWay } from "./walk.steps.ts"

walkTheWholeWay("the whole way, events through RabbitMQ and limits in Redis", { brokered: true })
