import { Effect, Option, Redacted, Schema, SchemaIssue } from "effect"
import { Command, Flag } from "effect/cli"
import { AppSettings } from "@veza/adapters/config"
import { createAdministrator, Email, resetLink as linkTo, Username } from "@veza/domain/accounts"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { withAccounts } from "../with-settings.ts"
import { askPassword } from "./ask.ts"
import { busy, emailTaken, refuse, usernameTaken, weakPassword } from "./refused.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ email: Email, username: Username }), { errors: "all" })
const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const email = Flag.String("email").pipe(Flag.withDescription("The address; you vouch that it is theirs"))
const username = Flag.String("username").pipe(Flag.withDescription("3 to 30 of a-z 0-9 _ . -"))
const passwordStdin = Flag.Boolean("password-stdin").pipe(
  Flag.withDescription("Read the password from standard input instead of asking for it"),
  Flag.withDefault(false)
)
const resetLink = Flag.Boolean("reset-link").pipe(
  Flag.withDescription("Set no password; print a link to choose one, good for an hour"),
  Flag.withDefault(false)
)

interface Flags {
  readonly email: string
  readonly username: string
  readonly passwordStdin: boolean
  readonly resetLink: boolean
}

const run = Effect.fnUntraced(function* (flags: Flags) {
  const named = yield* decode(flags).pipe(
    Effect.catchTag("SchemaError", ({ issue }) =>
      refuse(
        formatIssues(issue)
          .issues.map(({ path = [], message }) => `--${path.map(String).join(".")}: ${message}.`)
          .join(" ")
      )
    )
  )
  const password = flags.resetLink ? undefined : yield* askPassword(flags.passwordStdin)
  const made = yield* createAdministrator({ ...named, password }).pipe(
    Effect.catchTags({
      EmailTaken: emailTaken,
      UsernameTaken: usernameTaken,
      WeakPassword: weakPassword,
      HashingBusy: busy
    })
  )
  const { FRONTEND_URL } = yield* AppSettings
  const link = Option.map(made.resetSecret, (secret) => linkTo(FRONTEND_URL, Redacted.value(secret)))
  const shown = Option.match(link, { onNone: () => ({}), onSome: (reset_link) => ({ reset_link }) })
  yield* print(yield* root, { id: made.id, ...named, role: "admin", ...shown }, [
    `${named.username} is an administrator.`,
    ...columns([["id", made.id], ...Option.toArray(link).map((url) => ["choose a password", url] as const)])
  ])
}, withAccounts)

export const createAdmin = Command.make("create-admin", { email, username, passwordStdin, resetLink }, run).pipe(
  Command.withDescription("Make an administrator whose address needs no confirmation")
)
