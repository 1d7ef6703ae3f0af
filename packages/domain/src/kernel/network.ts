/**
 * What limiters count an address as: an IPv4 address itself, an IPv6 address by its first 64 bits, since one customer
 * commands all that follow them (RFC 6177 §2).
 */
export const networkOf = (ip: string): string => {
  if (!ip.includes(":")) return ip
  const [head = "", tail] = ip.split("::")
  const front = head === "" ? [] : head.split(":")
  const back = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => "0"), ...back]
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(":")}::/64`
}
