import type { Profile } from "./profile.ts"

/** What makes a profile complete, in the order in which the missing is named. */
const parts = [
  ["display_name", ({ user }) => user.displayName !== null],
  ["bio", ({ bio }) => bio !== null],
  ["avatar", ({ avatar }) => avatar !== null],
  ["banner", ({ banner }) => banner !== null],
  ["social_links", ({ socialLinks }) => Object.keys(socialLinks).length > 0],
  ["birthdate", ({ user }) => user.birthdate !== null]
] as const satisfies ReadonlyArray<readonly [string, (profile: Profile) => boolean]>

export interface Completion {
  /** 0 to 100, rounded; 100 exactly when nothing is missing. */
  readonly percentage: number
  readonly missing: ReadonlyArray<(typeof parts)[number][0]>
}

/** How complete a profile is (10-accounts, "Completion"): every part weighs the same. */
export const completionOf = (profile: Profile): Completion => {
  const missing = parts.filter(([, isThere]) => !isThere(profile)).map(([name]) => name)
  return { percentage: Math.round((100 * (parts.length - missing.length)) / parts.length), missing }
}
