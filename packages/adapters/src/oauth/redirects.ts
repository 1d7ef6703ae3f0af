/**
 * Which addresses a browser may be sent to after a log-in (10-accounts, "OAuth"): those whose host, with its port where
 * that is unusual, is exactly one of `hosts`; by https, or by http too where `plain` says so. Answers the address as it
 * is to be sent, as a browser would read it.
 */
export const redirectRule =
  (hosts: ReadonlyArray<string>, plain: boolean) =>
  (address: string): string | undefined => {
    if (!URL.canParse(address)) return undefined
    const url = new URL(address)
    const fits =
      (url.protocol === "https:" || (plain && url.protocol === "http:")) &&
      url.username === "" &&
      url.password === "" &&
      hosts.some((host) => host.toLowerCase() === url.host)
    return fits ? url.href : undefined
  }
