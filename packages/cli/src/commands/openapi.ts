import { writeFile } from "node:fs/promises"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { openApiDocument } from "@veza/http-koa/contract"

const output = Flag.String("output").pipe(
  Flag.withDescription("Write to this file instead of the terminal"),
  Flag.optional
)

export const openapi = Command.make(
  "openapi",
  { output },
  Effect.fnUntraced(function* (flags) {
    const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`
    yield* Option.match(flags.output, {
      onNone: () => Console.log(text.trimEnd()),
      onSome: (file) => Effect.tryPromise(() => writeFile(file, text))
    })
  })
).pipe(Command.withDescription("Print the API document (OpenAPI 3.1)"))
