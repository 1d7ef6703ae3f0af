import { createHash, createHmac } from "node:crypto"

/** A signed request as its receiver sees it. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as they were sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const canonicalQuery = (query: URLSearchParams): string =>
  [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&")

/** What the signature says: from the Authorization header or the query (AWS, "Authenticating Requests"). */
const claimsOf = ({ headers }: SignedRequest, query: URLSearchParams) => {
  const header = /^AWS4-HMAC-SHA256 Credential=(\S+), ?SignedHeaders=(\S+), ?Signature=(\S+)$/u.exec(
    String(headers["authorization"] ?? "")
  )
  if (header !== null) {
    const [, credential = "", signedHeaders = "", signature = ""] = header
    const payload = String(headers["x-amz-content-sha256"] ?? "")
    return { credential, signedHeaders, signature, payload, date: String(headers["x-amz-date"] ?? ""), lifetime: 900 }
  }
  return {
    credential: query.get("X-Amz-Credential") ?? "",
    signedHeaders: query.get("X-Amz-SignedHeaders") ?? "",
    signature: query.get("X-Amz-Signature") ?? "",
    payload: "UNSIGNED-PAYLOAD",
    date: query.get("X-Amz-Date") ?? "",
    lifetime: Number(query.get("X-Amz-Expires"))
  }
}

/** Signature Version 4, written after Amazon's description and not after the client: why a request is refused, or nothing. */
export const refusal = (request: SignedRequest, secret: string, now: Date): string | undefined => {
  const [path = "", search = ""] = request.target.split("?")
  const query = new URLSearchParams(search)
  const { credential, signedHeaders, signature, payload, date, lifetime } = claimsOf(request, query)
  const [, day = "", region = "", service = "", end = ""] = credential.split("/")
  const headers = signedHeaders.split(";").map((name) => `${name}:${String(request.headers[name] ?? "").trim()}\n`)
  const canonical = [request.method, path, canonicalQuery(query), headers.join(""), signedHeaders, payload].join("\n")
  const text = ["AWS4-HMAC-SHA256", date, [day, region, service, end].join("/"), sha256(canonical)].join("\n")
  const key = [day, region, service, end].reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secret}`)
  if (createHmac("sha256", key).update(text).digest("hex") !== signature) return "SignatureDoesNotMatch"
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z"))
  return signedAt + lifetime * 1000 >= now.getTime() ? undefined : "RequestExpired"
}
