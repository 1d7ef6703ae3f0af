import { Data, Effect } from "effect"
import type { WeakPassword } from "@veza/domain/accounts"

/** A command about users that was not carried out; `message` says why and what to do. */
export class UsersRefused extends Data.TaggedError("UsersRefused")<{ readonly message: string }> {}

export const refuse = (message: string) => Effect.fail(new UsersRefused({ message }))

/** What the use-cases refuse, in one sentence each for whoever sits at the terminal. */
export const noSuchUser = () => refuse("There is no such user: give an id, an e-mail address or a username.")
export const lastAdministrator = () =>
  refuse("No other administrator would be left: make one first, with `veza users create-admin`.")
export const usernameTaken = () => refuse("This username is taken: choose another one.")
export const emailTaken = () =>
  refuse("This address has an account already: give it the role with `veza users set-role`.")
export const busy = () => refuse("The machine is busy: try again.")

const faults = {
  too_short: "is too short",
  too_long: "is too long",
  too_common: "is among those that attackers try first",
  personal: "must not be built from the address or the username"
} as const
export const weakPassword = ({ fault, minLength }: WeakPassword) =>
  refuse(`The password ${faults[fault]}: take ${minLength} to 128 characters that nobody guesses.`)
