import { Data } from "effect"

/** The provider did not answer as it should within our patience; trying again may help. */
export class Unreachable extends Data.TaggedError("Unreachable")<{ readonly message: string }> {}

/** Milliseconds for one call, from its beginning to the last byte, unless told. */
const usualPatience = 5000
/** Bytes of an answer, unpacked; honest ones have a few thousand. */
const maxBytes = 512 * 1024

const readAll = async (body: NonNullable<Response["body"]>): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new Unreachable({ message: `an answer of more than ${maxBytes} bytes` })
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

interface Call {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: NonNullable<RequestInit["body"]> | null | undefined
  /** Milliseconds. */
  readonly patience?: number
}

/** `fetch` for calls to providers: bounded in time and size, and following no redirects. */
export const boundedFetch = async (
  url: string,
  { method, headers: sent, body: said, patience = usualPatience }: Call
): Promise<Response> => {
  try {
    const response = await fetch(url, {
      method,
      headers: sent,
      body: said ?? null,
      redirect: "manual",
      signal: AbortSignal.timeout(patience)
    })
    const body = response.body === null ? null : await readAll(response.body)
    if (response.status >= 500) throw new Unreachable({ message: `${url} answered ${response.status}` })
    const { headers, status, statusText } = response
    return new Response(body === null || body.length === 0 ? null : body, { headers, status, statusText })
  } catch (error) {
    if (error instanceof Unreachable) throw error
    throw new Unreachable({ message: `${url}: ${error instanceof Error ? error.message : String(error)}` })
  }
}
