import { BlockList, isIP } from "node:net"

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** IPv4 addresses come as `::ffff:192.0.2.1` on dual-stack sockets. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/u, "")

/**
 * Makes the function that tells who calls. `X-Forwarded-For` counts only as far as it was written by trusted proxies
 * (TRUSTED_PROXIES: addresses or CIDR blocks): the right-most address that is none of them.
 */
export const clientAddress = (trustedProxies: ReadonlyArray<string>) => {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = "", bits] = entry.split("/")
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, family(address))
  return (remote: string | undefined, forwardedFor: string): string => {
    const peer = plain(remote ?? "")
    if (trustedProxies.length === 0 || forwardedFor === "" || !isTrusted(peer)) return peer
    const hops = forwardedFor.split(",").map((hop) => plain(hop.trim()))
    const client = hops.findLast((hop) => !isTrusted(hop))
    return client !== undefined && isIP(client) !== 0 ? client : peer
  }
}
