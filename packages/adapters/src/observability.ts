export { requestLog, type RequestLine } from "./observability/request-log.ts"
