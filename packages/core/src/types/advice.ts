// What an advisor is given of the findings, and what it says to them.
import type { EstimatedImpact, Evidence, FindingSeverity, RecommendationType, SourceLocation } from './findings.js'

export interface AdvisorRecommendation {
  type: RecommendationType
  title: string
  description: string
  priority: FindingSeverity
  implementationEffort: 'low' | 'medium' | 'high' | 'very-high'
  estimatedImpact: EstimatedImpact | null
}

export interface AdvisorVictim {
  component: string
  operation: string
  metric: string
  value: number
  unit: string
}

export interface AdvisorFinding {
  id: string
  type: string
  severity: FindingSeverity
  title: string
  description: string
  component: string | null
  operation: string | null
  /** 0 to 1. */
  impactScore: number
  evidence: Evidence[]
  /** File and line; never the lines themselves. */
  location: SourceLocation | null
  victims: AdvisorVictim[]
  recommendations: AdvisorRecommendation[]
  firstSeen: string
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
