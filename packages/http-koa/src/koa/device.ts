import Bowser from "bowser"

/** What somebody signed in with, as it says of itself. */
export interface Device {
  /** “Firefox on Windows”; what the user agent begins with where it is none that is known. */
  readonly name: string
  readonly type: "desktop" | "mobile" | "tablet" | "tv" | "other"
}

const types = new Set<Device["type"]>(["desktop", "mobile", "tablet", "tv"])
const typeOf = (told: string | undefined): Device["type"] => [...types].find((type) => type === told) ?? "other"
const longest = 60

/** The device behind a user agent (10-accounts, "Session"). */
export const deviceOf = (userAgent: string): Device => {
  if (userAgent === "") return { name: "Unknown device", type: "other" }
  const { browser, os, platform } = Bowser.parse(userAgent)
  const type = typeOf(platform.type)
  if (browser.name === undefined || browser.name === "") {
    return { name: (userAgent.split(/[/ (;]/u)[0] ?? "").slice(0, longest) || "Unknown device", type }
  }
  return { name: (os.name === undefined ? browser.name : `${browser.name} on ${os.name}`).slice(0, longest), type }
}
