// Rules may be the app's own: a finding is checked field by field and copied, so that nothing else of it gets through.
import { createHash } from 'node:crypto'
import type {
  Evidence,
  Finding,
  FindingSeverity,
  OptimizationRecommendation,
  PerformanceBottleneck,
  RecommendationType,
  SourceLocation,
  Victim,
} from '../types/findings.js'

/** The gravest first. */
export const SEVERITIES: readonly FindingSeverity[] = ['critical', 'high', 'medium', 'low']
const EFFORTS = ['low', 'medium', 'high', 'very-high'] as const
const RECOMMENDATION_TYPES: readonly RecommendationType[] = [
  'algorithm-optimization',
  'caching-strategy',
  'database-optimization',
  'memory-management',
  'concurrency-improvement',
  'configuration-tuning',
  'architectural-change',
]
const MAX_TEXT_LENGTH = 4000 // a page of prose; a rule that dumps its input stops here
const MAX_ITEMS = 50 // evidence and recommendations of one finding

type Bare = Finding['bottleneck']
type BareRecommendation = Finding['recommendations'][number]

/** Throws an error that names the bad field. */
export function checkedFinding(value: Finding): Finding {
  if (typeof value !== 'object' || value === null) throw new TypeError('a finding must be an object')
  const { bottleneck: from, recommendations } = value
  if (typeof from !== 'object' || from === null) throw new TypeError('`bottleneck` of a finding must be an object')
  if (!Array.isArray(recommendations)) throw new TypeError('`recommendations` of a finding must be an array')
  const bottleneck: Bare = {
    type: text(from.type, 'type'),
    severity: oneOf(from.severity, SEVERITIES, 'severity'),
    title: text(from.title, 'title'),
    description: text(from.description, 'description'),
    component: textOrNull(from.component, 'component'),
    operation: textOrNull(from.operation, 'operation'),
    impactScore: share(from.impactScore, 'impactScore'),
    evidence: list(from.evidence, 'evidence').map(checkedEvidence),
    location: from.location === null || from.location === undefined ? null : checkedLocation(from.location),
    victims: list(from.victims ?? [], 'victims').map(checkedVictim),
  }
  const { explains } = value
  if (explains !== undefined && typeof explains !== 'function') {
    throw new TypeError('`explains` of a finding must be a function')
  }
  const checked: Finding = {
    bottleneck,
    recommendations: list(recommendations, 'recommendations').map(checkedRecommendation),
  }
  // called as a method of what the rule made
  if (explains !== undefined) checked.explains = (other) => Boolean(value.explains?.(other))
  return checked
}

/** Stays the same while the cause lasts: figures are no part of it. */
export function stableId(...parts: (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/** Severity, then what users feel, then a fixed order: two rounds that found the same list it the same. */
export function byRank(a: PerformanceBottleneck, b: PerformanceBottleneck): number {
  const bySeverity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  return bySeverity || b.impactScore - a.impactScore || (a.id < b.id ? -1 : 1)
}

export function recommendationsOf(of: PerformanceBottleneck, finding: Finding): OptimizationRecommendation[] {
  const ordinals = new Map<string, number>()
  return finding.recommendations.map((recommendation) => {
    const ordinal = ordinals.get(recommendation.type) ?? 0
    ordinals.set(recommendation.type, ordinal + 1)
    return {
      id: stableId(of.id, recommendation.type, ordinal),
      bottleneckId: of.id,
      ...recommendation,
      component: of.component,
      operation: of.operation,
      measured: null,
    }
  })
}

function checkedRecommendation(from: BareRecommendation): BareRecommendation {
  const impact = from.estimatedImpact
  return {
    type: oneOf(from.type, RECOMMENDATION_TYPES, 'recommendation.type'),
    title: text(from.title, 'recommendation.title'),
    description: text(from.description, 'recommendation.description'),
    priority: oneOf(from.priority, SEVERITIES, 'recommendation.priority'),
    implementationEffort: oneOf(from.implementationEffort, EFFORTS, 'recommendation.implementationEffort'),
    estimatedImpact:
      impact === null || impact === undefined
        ? null
        : {
            score: share(impact.score, 'estimatedImpact.score'),
            metric: text(impact.metric, 'estimatedImpact.metric'),
            current: finite(impact.current, 'estimatedImpact.current'),
            predicted: impact.predicted === null ? null : finite(impact.predicted, 'estimatedImpact.predicted'),
            confidence: share(impact.confidence, 'estimatedImpact.confidence'),
          },
  }
}

function checkedVictim(from: Victim): Victim {
  return {
    component: text(from.component, 'victim.component'),
    operation: text(from.operation, 'victim.operation'),
    metric: text(from.metric, 'victim.metric'),
    value: finite(from.value, 'victim.value'),
    unit: textOrNull(from.unit, 'victim.unit') ?? '',
  }
}

function checkedEvidence(from: Evidence): Evidence {
  const evidence: Evidence = {
    metric: text(from.metric, 'evidence.metric'),
    value: finite(from.value, 'evidence.value'),
    unit: textOrNull(from.unit, 'evidence.unit') ?? '',
  }
  if (from.threshold !== undefined) evidence.threshold = finite(from.threshold, 'evidence.threshold')
  return evidence
}

function checkedLocation(from: SourceLocation): SourceLocation {
  return {
    file: text(from.file, 'location.file'),
    line: finite(from.line, 'location.line'),
    column: finite(from.column, 'location.column'),
    function: textOrNull(from.function, 'location.function'),
  }
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`\`${field}\` of a finding must be a non-empty string`)
  return value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH - 1)}…` : value
}

function textOrNull(value: unknown, field: string): string | null {
  if (value === null) return null
  if (typeof value !== 'string') throw new TypeError(`\`${field}\` of a finding must be a string or null`)
  return value.slice(0, MAX_TEXT_LENGTH)
}

function finite(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`\`${field}\` of a finding must be a finite number`)
  }
  return value
}

function share(value: unknown, field: string): number {
  const number = finite(value, field)
  if (number < 0 || number > 1) throw new TypeError(`\`${field}\` of a finding must be from 0 to 1`)
  return number
}

function oneOf<T extends string>(value: unknown, known: readonly T[], field: string): T {
  if (!known.includes(value as T)) throw new TypeError(`\`${field}\` of a finding must be one of ${known.join(', ')}`)
  return value as T
}

function list<T>(value: readonly T[], field: string): T[] {
  if (!Array.isArray(value)) throw new TypeError(`\`${field}\` of a finding must be an array`)
  return value.slice(0, MAX_ITEMS)
}
