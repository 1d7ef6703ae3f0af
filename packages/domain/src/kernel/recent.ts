interface Node<V> {
  readonly key: string
  value: V
  older: Node<V> | undefined
  newer: Node<V> | undefined
}

/**
 * A map that holds at most `capacity` entries: the least recently used go first. The order is a list of its own: taking
 * a key out of a `Map` and putting it in again at each use makes the engine grow tables that keep each other alive, so
 * that what every request left behind outlived it.
 */
export class Recent<V> {
  readonly #capacity: number
  readonly #nodes = new Map<string, Node<V>>()
  #oldest: Node<V> | undefined
  #newest: Node<V> | undefined

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#nodes.size
  }

  get(key: string): V | undefined {
    const node = this.#nodes.get(key)
    if (node === undefined) return undefined
    this.#use(node)
    return node.value
  }

  set(key: string, value: V): void {
    const known = this.#nodes.get(key)
    if (known !== undefined) {
      known.value = value
      this.#use(known)
      return
    }
    const node: Node<V> = { key, value, older: undefined, newer: undefined }
    this.#nodes.set(key, node)
    this.#append(node)
    if (this.#nodes.size > this.#capacity && this.#oldest !== undefined) this.delete(this.#oldest.key)
  }

  delete(key: string): void {
    const node = this.#nodes.get(key)
    if (node === undefined) return
    this.#nodes.delete(key)
    this.#remove(node)
  }

  clear(): void {
    this.#nodes.clear()
    this.#oldest = undefined
    this.#newest = undefined
  }

  /** The entries in the order of their latest use; the one at hand may be deleted on the way. */
  *oldestFirst(): Generator<readonly [key: string, value: V]> {
    let node = this.#oldest
    while (node !== undefined) {
      const { newer } = node
      yield [node.key, node.value]
      node = newer
    }
  }

  #use(node: Node<V>): void {
    if (node === this.#newest) return
    this.#remove(node)
    this.#append(node)
  }

  #append(node: Node<V>): void {
    node.older = this.#newest
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
  }

  #remove(node: Node<V>): void {
    const { older, newer } = node
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    node.older = undefined
    node.newer = undefined
  }
}
