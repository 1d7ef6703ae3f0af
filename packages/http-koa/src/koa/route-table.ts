/** What a path leads to, with the values of its parameters. */
export interface Match<A> {
  readonly target: A
  readonly params: Readonly<Record<string, string>>
}

interface Node<A> {
  readonly fixed: Map<string, Node<A>>
  any: Node<A> | undefined
  leaf: { readonly target: A; readonly names: ReadonlyArray<string> } | undefined
}

const newNode = <A>(): Node<A> => ({ fixed: new Map(), any: undefined, leaf: undefined })

const noParams = {}

/**
 * Finds routes by the segments of their paths, a fixed segment before a parameter, instead of trying one pattern after
 * the other. It knows plain paths only; whatever else (percent-encoding, trailing slashes, other methods) is the router's.
 */
export class RouteTable<A> {
  readonly #methods = new Map<string, Node<A>>()

  /** `pattern` as the contract declares it: `/tracks/:id/stream`. */
  add(method: string, pattern: string, target: A): void {
    let node = this.#methods.get(method) ?? newNode<A>()
    this.#methods.set(method, node)
    const names: Array<string> = []
    for (const segment of pattern
      .replace(/(?<=.)\/$/u, "")
      .split("/")
      .slice(1)) {
      if (segment.startsWith(":")) {
        names.push(segment.slice(1))
        node = node.any ??= newNode()
      } else {
        const next = node.fixed.get(segment) ?? newNode<A>()
        node.fixed.set(segment, next)
        node = next
      }
    }
    node.leaf ??= { target, names }
  }

  find(method: string, path: string): Match<A> | undefined {
    const root = this.#methods.get(method)
    return root === undefined || path.includes("%") ? undefined : walk(root, path, 1, [])
  }
}

const walk = <A>(node: Node<A>, path: string, from: number, values: ReadonlyArray<string>): Match<A> | undefined => {
  const slash = path.indexOf("/", from)
  const segment = slash < 0 ? path.slice(from) : path.slice(from, slash)
  const onward = (next: Node<A> | undefined, taken: ReadonlyArray<string>) => {
    if (next === undefined) return undefined
    return slash < 0 ? matched(next, taken) : walk(next, path, slash + 1, taken)
  }
  return (
    onward(node.fixed.get(segment), values) ?? (segment === "" ? undefined : onward(node.any, [...values, segment]))
  )
}

const matched = <A>({ leaf }: Node<A>, values: ReadonlyArray<string>): Match<A> | undefined => {
  if (leaf === undefined) return undefined
  if (values.length === 0) return { target: leaf.target, params: noParams }
  const params: Record<string, string> = {}
  for (const [at, name] of leaf.names.entries()) params[name] = values[at] ?? ""
  return { target: leaf.target, params }
}
