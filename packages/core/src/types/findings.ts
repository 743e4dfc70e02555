import type { AlertThresholds } from './config.js'
import type { MetricsWindow } from './window.js'

/** The causes of which the optimizer knows; a user's rule may add its own. */
export type BottleneckType =
  | 'high-cpu-usage'
  | 'high-memory-usage'
  | 'high-disk-usage'
  | 'slow-operations'
  | 'high-error-rate'
  | 'network-latency'
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
  file: string
  line: number
  column: number
  function: string | null
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
  firstSeen: string
  lastSeen: string
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
}

/** What a rule returns: the optimizer adds ids and first and last sighting. */
export interface Finding {
  bottleneck: Omit<PerformanceBottleneck, 'id' | 'firstSeen' | 'lastSeen'>
  recommendations: Omit<OptimizationRecommendation, 'id' | 'bottleneckId' | 'component' | 'operation'>[]
}

export interface RuleContext {
  readonly window: MetricsWindow
  readonly thresholds: AlertThresholds
}

/**
 * One cause. Pure: reads the window, returns what it found. A rule that looks at every operation is best a generator that yields
 * after each: it is then run in slices between the app's own work.
 */
export interface OptimizerRule {
  readonly name: string
  evaluate(context: RuleContext): Finding[] | Generator<void, Finding[]>
}
