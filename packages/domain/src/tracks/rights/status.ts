import { Schema } from "effect"

export const NoticeStatus = Schema.Literals(["received", "taken_down", "dismissed", "countered", "restored"])
export type NoticeStatus = typeof NoticeStatus.Type
