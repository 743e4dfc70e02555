const MAX_INTERVALS = 64 // disjoint ones; children mostly end in order, so that few stay apart

/** The union of intervals of time, whatever their order. Bounded: the oldest are summed up, and what comes later before their end is cut. */
export class Intervals {
  /** Disjoint, ascending. */
  readonly #list: { from: number; to: number }[] = []
  #foldedMs = 0
  #foldedUntil = Number.NEGATIVE_INFINITY

  add(start: number, end: number): void {
    let from = Math.max(start, this.#foldedUntil)
    let to = end
    if (!(to > from)) return
    const list = this.#list
    let at = list.length
    while (at > 0 && (list[at - 1] as { to: number }).to >= from) at--
    let after = at
    for (let next = list[after]; next !== undefined && next.from <= to; next = list[++after]) {
      from = Math.min(from, next.from)
      to = Math.max(to, next.to)
    }
    list.splice(at, after - at, { from, to })
    if (list.length > MAX_INTERVALS) {
      const oldest = list.shift() as { from: number; to: number }
      this.#foldedMs += oldest.to - oldest.from
      this.#foldedUntil = oldest.to
    }
  }

  /** Covered time between two moments; what was summed up counts whole, at most all of it. */
  within(from: number, to: number): number {
    let sum = this.#foldedMs
    for (const each of this.#list) sum += Math.max(0, Math.min(each.to, to) - Math.max(each.from, from))
    return Math.min(sum, Math.max(0, to - from))
  }
}
