// What outlasts a round: since when a cause is there, whether it is gone, and what that brought against what was predicted.
import type { OptimizationRecommendation, PerformanceBottleneck, ResolvedFinding } from '../types/findings.js'
import type { MetricsWindow } from '../types/window.js'
import { findOperation } from './calls.js'
import { figureOf } from './figures.js'

/** A cause that comes back after an hour without it is a new one; a resolved one is shown as long. */
export const FORGET_MS = 3_600_000
/** Live rounds in a row that must not see a cause before it counts as gone: one round may lack the traffic. */
export const ROUNDS_TO_RESOLVE = 2
/** Of fewer runs since, nothing is said about whether the cause has gone. */
export const MIN_RUNS_TO_RESOLVE = 20

const MAX_CASES = 1000 // a finding with its recommendations is 2 to 5 KiB: 5 MB at most, and nobody has a thousand causes

interface Case {
  bottleneck: PerformanceBottleneck
  recommendations: OptimizationRecommendation[]
  firstMs: number
  lastMs: number
  missedRounds: number
  resolvedMs: number | null
  /** Only what a live round could see can be missed by one: a slow leak shows in long windows alone. */
  seenLive: boolean
}

export class Cases {
  /** By id, the longest unseen first. */
  readonly #cases = new Map<string, Case>()

  /** When the cause was seen first and last, this sighting included. */
  seen(id: string, atMs: number): { firstMs: number; lastMs: number } {
    const known = this.#cases.get(id)
    if (known === undefined || Math.abs(atMs - known.lastMs) > FORGET_MS) return { firstMs: atMs, lastMs: atMs }
    return { firstMs: Math.min(known.firstMs, atMs), lastMs: Math.max(known.lastMs, atMs) }
  }

  keep(of: ResolvedFinding, live: boolean): void {
    const { bottleneck, recommendations } = of
    const known = this.#cases.get(bottleneck.id)
    const lastMs = Date.parse(bottleneck.lastSeen)
    this.#cases.delete(bottleneck.id)
    this.#cases.set(bottleneck.id, {
      bottleneck,
      recommendations,
      firstMs: Date.parse(bottleneck.firstSeen),
      lastMs,
      missedRounds: known?.missedRounds ?? 0,
      resolvedMs: known?.resolvedMs ?? null,
      seenLive: live || known?.seenLive === true,
    })
    for (const [id, { lastMs: seenMs }] of this.#cases) {
      if (this.#cases.size <= MAX_CASES && lastMs - seenMs <= FORGET_MS) break
      this.#cases.delete(id)
    }
  }

  /** Whether live rounds saw the cause go before `atMs`: a window that reaches further back still shows it. */
  isResolved(id: string, atMs: number): boolean {
    const resolvedMs = this.#cases.get(id)?.resolvedMs ?? null
    return resolvedMs !== null && resolvedMs <= atMs
  }

  /** Closes a live round: what it did not see is on its way out, what it saw is back. */
  closeRound(seen: ReadonlySet<string>, window: MetricsWindow): void {
    for (const [id, each] of this.#cases) {
      if (seen.has(id)) {
        each.missedRounds = 0
        each.resolvedMs = null
      } else if (each.resolvedMs === null && each.seenLive && couldBeSeen(each.bottleneck, window)) {
        each.missedRounds++
        if (each.missedRounds >= ROUNDS_TO_RESOLVE) resolve(each, window)
      } else if (each.resolvedMs !== null) {
        measure(each, window)
      }
    }
  }

  /** Those that went within (`fromMs`, `toMs`], the newest first. */
  resolvedWithin(fromMs: number, toMs: number): ResolvedFinding[] {
    return [...this.#cases.values()]
      .filter(({ resolvedMs }) => resolvedMs !== null && resolvedMs > fromMs && resolvedMs <= toMs)
      .sort((a, b) => (b.resolvedMs as number) - (a.resolvedMs as number))
      .map(({ bottleneck, recommendations }) => ({ bottleneck, recommendations }))
  }
}

/** Without traffic a slow route is not seen either. */
function couldBeSeen({ component, operation }: PerformanceBottleneck, window: MetricsWindow): boolean {
  if (component === null || operation === null) return true
  return (findOperation(window, { component, operation })?.count ?? 0) >= MIN_RUNS_TO_RESOLVE
}

function resolve(of: Case, window: MetricsWindow): void {
  of.resolvedMs = window.to
  of.bottleneck = { ...of.bottleneck, state: 'resolved', resolvedAt: new Date(window.to).toISOString() }
  measure(of, window)
}

/** While the rounds' window still reaches back to the cause the figure mixes both: the last one stands. */
function measure(of: Case, window: MetricsWindow): void {
  of.recommendations = of.recommendations.map((recommendation) => {
    const metric = recommendation.estimatedImpact?.metric
    const measured = metric === undefined ? null : figureOf(window, metric, of.bottleneck)
    return measured === null ? recommendation : { ...recommendation, measured }
  })
}
