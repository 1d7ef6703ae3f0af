import { Record } from "effect"

/** For each state the states that may follow it. A state without successors is final. */
export type TransitionTable<State extends string> = { readonly [S in State]: ReadonlyArray<State> }

/** A state machine as data: the table that use-cases ask and that guarded updates enforce. */
export interface Machine<State extends string> {
  readonly table: TransitionTable<State>
  /** May `from` be followed by `to`? Staying where one is is no transition. */
  readonly allows: (from: State, to: State) => boolean
  /** The states from which `to` may be entered: what the WHERE clause of a guarded update names. */
  readonly before: (to: State) => ReadonlyArray<State>
  readonly isFinal: (state: State) => boolean
}

/** Builds the one machine of an entity from its transition table. */
export const machine = <const State extends string>(table: TransitionTable<State>): Machine<State> => {
  const states = Record.keys(table)
  return {
    table,
    allows: (from, to) => table[from].includes(to),
    before: (to) => states.filter((from) => table[from].includes(to)),
    isFinal: (state) => table[state].length === 0
  }
}
