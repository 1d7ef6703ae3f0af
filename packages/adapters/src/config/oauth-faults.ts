import type { Fault, Variables } from "./rules.ts"

const providers = ["GOOGLE", "GITHUB", "DISCORD", "SPOTIFY"] as const

const isPlain = (url: string | undefined): boolean => url !== undefined && !url.startsWith("https://")

/** What is wrong between the variables of log-ins at providers; `relaxed` in development and test. */
export const oauthFaults = (variables: Variables, relaxed: boolean): ReadonlyArray<Fault> => {
  const faults = providers.flatMap((provider): ReadonlyArray<Fault> => {
    const [id, secret, base] = ["CLIENT_ID", "CLIENT_SECRET", "BASE_URL"].map((end) => `OAUTH_${provider}_${end}`)
    if (id === undefined || secret === undefined || base === undefined) return []
    const missing = variables[id] === undefined ? id : secret
    return [
      ...((variables[id] === undefined) === (variables[secret] === undefined)
        ? []
        : [{ variable: missing, message: "is required with the other half of the client" }]),
      ...(!relaxed && isPlain(variables[base]) ? [{ variable: base, message: "must begin with https://" }] : [])
    ]
  })
  const configured = providers.some((provider) => variables[`OAUTH_${provider}_CLIENT_ID`] !== undefined)
  const publicUrl = variables["PUBLIC_URL"]
  if (relaxed || !configured) return faults
  if (publicUrl === undefined) {
    faults.push({ variable: "PUBLIC_URL", message: "is required with a provider: where browsers reach this API" })
  } else if (isPlain(publicUrl)) faults.push({ variable: "PUBLIC_URL", message: "must begin with https://" })
  return faults
}
