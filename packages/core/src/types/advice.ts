// What an advisor is given of the findings, and what it says to them.
import type { OptimizationRecommendation, PerformanceBottleneck, Victim } from './findings.js'

export interface AdvisorRecommendation
  extends Omit<OptimizationRecommendation, 'id' | 'bottleneckId' | 'component' | 'operation' | 'measured'> {}

export interface AdvisorVictim extends Victim {}

/** `location` is file and line; never the lines themselves. */
export interface AdvisorFinding
  extends Omit<PerformanceBottleneck, 'source' | 'victims' | 'state' | 'lastSeen' | 'resolvedAt'> {
  victims: AdvisorVictim[]
  recommendations: AdvisorRecommendation[]
}

/** Redacted: no addresses, no mail addresses, no values of queries, no secrets by their look; only what a report shows as well. */
export interface AdvisorInput {
  service: { name: string; version: string | null; node: string }
  window: { from: string; to: string }
  /** The worst first; at most 20. */
  findings: AdvisorFinding[]
}

/** Returns plain text or Markdown. Shown as text, never as markup. */
export interface Advisor {
  (input: AdvisorInput, options: { signal: AbortSignal }): Promise<string>
  /** Shown beside the text. */
  readonly model?: string
}

export interface Advice {
  text: string
  at: string
  model?: string
}
