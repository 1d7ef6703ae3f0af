import { Effect, Metric, Schema } from "effect"
import { buildExport as build, ExportId } from "@veza/domain/accounts"
import { type Consumer, handleOnce, type Inbox } from "@veza/domain/kernel"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ export_id: ExportId }))

const attempts = Metric.counter("veza_export_attempts_total", {
  description: "Attempts at making an export, by outcome",
  incremental: true
})
const count = (outcome: "ok" | "failed") => Metric.update(Metric.withAttributes(attempts, { outcome }), 1)

/** Makes the exports that people ask for. What fails or is killed is begun again when the event comes again. */
export const buildExport: Consumer<Inbox | Effect.Services<ReturnType<typeof build>>> = {
  name: "build-export",
  types: ["user.export_requested"],
  handle: (event) =>
    Effect.flatMap(decode(event.payload), ({ export_id }) =>
      handleOnce(
        "build-export",
        event,
        build(export_id, event.context).pipe(Effect.onExit((exit) => count(exit._tag === "Success" ? "ok" : "failed")))
      )
    )
}
