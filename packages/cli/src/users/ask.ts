import { text } from "node:stream/consumers"
import { Effect, Redacted } from "effect"
import { Prompt } from "effect/cli"
import { refuse } from "./refused.ts"

const onTerminal = (): boolean => process.stdin.isTTY === true

/** Goes on only with consent: `--yes`, or an answer at the terminal. */
export const confirm = Effect.fnUntraced(function* (question: string, yes: boolean) {
  if (yes) return
  if (!onTerminal()) return yield* refuse("This needs your consent: add --yes where nobody can be asked.")
  if (!(yield* Prompt.run(Prompt.Confirm({ message: question })))) return yield* refuse("Nothing was changed.")
})

const firstLine = async (): Promise<string> => (await text(process.stdin)).split(/\r?\n/u, 1)[0] ?? ""

/** A new password: typed twice without echo, or the first line of standard input. Never an argument, which others see. */
export const askPassword = Effect.fnUntraced(function* (fromStdin: boolean) {
  if (fromStdin) return Redacted.make(yield* Effect.promise(firstLine))
  if (!onTerminal()) {
    return yield* refuse("No terminal to ask for the password at: add --password-stdin or --reset-link.")
  }
  const password = yield* Prompt.run(Prompt.Hidden({ message: "Password" }))
  const again = yield* Prompt.run(Prompt.Hidden({ message: "The same again" }))
  return Redacted.value(password) === Redacted.value(again) ? password : yield* refuse("These were two passwords.")
})
