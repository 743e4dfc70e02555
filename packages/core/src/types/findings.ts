import type { Captures, WantedCapture } from './captures.js'
import type { AlertThresholds } from './config.js'
import type { MetricsWindow } from './window.js'

/** The causes of which the optimizer knows; a user's rule may add its own. */
export type BottleneckType =
  | 'event-loop-blocked'
  | 'sync-io'
  | 'high-cpu-usage'
  | 'cpu-throttled'
  | 'gc-pressure'
  | 'memory-leak'
  | 'handle-leak'
  | 'high-memory-usage'
  | 'high-disk-usage'
  | 'n-plus-one'
  | 'sequential-awaits'
  | 'database-slowness'
  | 'slow-dependency'
  | 'pool-exhaustion'
  | 'threadpool-saturation'
  | 'connection-churn'
  | 'retry-storm'
  | 'large-payload'
  | 'cacheable-repeat'
  | 'tail-latency'
  | 'concurrency-issues'
  | 'high-error-rate'
  | 'slow-operations'
  | 'network-latency'
  | 'regression'
  | (string & {})

export type FindingSeverity = 'low' | 'medium' | 'high' | 'critical'

export interface Evidence {
  metric: string
  value: number
  unit: string
  threshold?: number
}

/** A place in the user's code. */
export interface SourceLocation {
  /** Relative to the app's root, mapped through source maps. */
  file: string
  line: number
  column: number
  function: string | null
}

/** The lines around a place, as the file has them now. */
export interface SourceExcerpt {
  /** Number of the first one. */
  firstLine: number
  lines: string[]
}

/** An operation that is slow or fails because of the culprit, not by itself. */
export interface Victim {
  component: string
  operation: string
  /** What it suffers, e.g. `p95Ms`. */
  metric: string
  value: number
  unit: string
}

export interface PerformanceBottleneck {
  /** Stays the same while the cause lasts. */
  id: string
  type: BottleneckType
  severity: FindingSeverity
  title: string
  description: string
  component: string | null
  operation: string | null
  /** 0 to 1: share of what users feel. */
  impactScore: number
  evidence: Evidence[]
  location: SourceLocation | null
  /** Lines around `location`; `null` where the file cannot be read. */
  source: SourceExcerpt | null
  /** The worst first. */
  victims: Victim[]
  /** `resolved`: the cause has gone; kept for an hour. */
  state: 'active' | 'resolved'
  firstSeen: string
  lastSeen: string
  resolvedAt: string | null
}

export type RecommendationType =
  | 'algorithm-optimization'
  | 'caching-strategy'
  | 'database-optimization'
  | 'memory-management'
  | 'concurrency-improvement'
  | 'configuration-tuning'
  | 'architectural-change'

export interface EstimatedImpact {
  /** 0 to 1. */
  score: number
  metric: string
  current: number
  /** `null` where no model predicts it. */
  predicted: number | null
  /** 0 to 1. */
  confidence: number
}

export interface OptimizationRecommendation {
  id: string
  bottleneckId: string
  type: RecommendationType
  title: string
  description: string
  priority: FindingSeverity
  implementationEffort: 'low' | 'medium' | 'high' | 'very-high'
  /** `null` where the figures support no prediction. */
  estimatedImpact: EstimatedImpact | null
  component: string | null
  operation: string | null
  /** Once the cause has gone: the figure of `estimatedImpact.metric` since. */
  measured: number | null
}

/** A cause that has gone, with what its recommendations had predicted beside what is measured since. */
export interface ResolvedFinding {
  bottleneck: PerformanceBottleneck
  recommendations: OptimizationRecommendation[]
}

/** What the optimizer adds to a rule's finding. */
type Added = 'id' | 'firstSeen' | 'lastSeen' | 'source' | 'state' | 'resolvedAt' | 'victims'

/** What a rule returns: the optimizer adds ids, first and last sighting, and the source. */
export interface Finding {
  bottleneck: Omit<PerformanceBottleneck, Added> & { victims?: Victim[] }
  recommendations: Omit<OptimizationRecommendation, 'id' | 'bottleneckId' | 'component' | 'operation' | 'measured'>[]
  /**
   * Findings that this one explains, whatever rule they are of: they are left out, and their operation is listed among the victims.
   * The built-in rules say so for what waits for the event loop, a pool or a failing dependency that another finding names.
   */
  explains?: (other: Finding) => boolean
}

export interface RuleContext {
  readonly window: MetricsWindow
  readonly thresholds: AlertThresholds
  readonly captures: Captures
  /** Asks for a capture where the finding lacks its place: a later round may have it. Bounded; may never be taken. */
  want(capture: WantedCapture): void
}

/**
 * One cause. Pure: reads the window, returns what it found. A rule that looks at every operation is best a generator that yields
 * after each: it is then run in slices between the app's own work.
 */
export interface OptimizerRule {
  readonly name: string
  evaluate(context: RuleContext): Finding[] | Generator<void, Finding[]>
}
