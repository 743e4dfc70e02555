import type { PerformanceAlert } from '../../core/src/types/alerts.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../../core/src/types/findings.js'
import type {
  ComponentPerformanceMetrics,
  OperationMetrics,
  PerformanceSnapshot,
  RuntimeMetrics,
  SystemMetrics,
} from '../../core/src/types/metrics.js'
import type { StreamSample } from '../../core/src/types/report.js'
import type { Trace } from '../../core/src/types/traces.js'
import type { PerformanceHistory } from '../../core/src/types/window.js'

export const START_MS = Date.UTC(2026, 0, 1)

const NO_DURATIONS = {
  averageDurationMs: null,
  minDurationMs: null,
  maxDurationMs: null,
  p50Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  p999Ms: null,
}

export function iso(offsetMs: number): string {
  return new Date(START_MS + offsetMs).toISOString()
}

export function operation(fields: Partial<OperationMetrics> = {}): OperationMetrics {
  return {
    ...NO_DURATIONS,
    count: 0,
    successfulCount: 0,
    failedCount: 0,
    abortedCount: 0,
    operationsPerSecond: 0,
    errorRatePercent: null,
    active: 0,
    selfMs: null,
    children: [],
    lastUpdated: null,
    ...fields,
  }
}

export function component(
  operations: Record<string, OperationMetrics>,
  fields: Partial<ComponentPerformanceMetrics> = {},
): ComponentPerformanceMetrics {
  return {
    ...NO_DURATIONS,
    totalOperations: Object.values(operations).reduce((sum, { count }) => sum + count, 0),
    successfulOperations: 0,
    failedOperations: 0,
    abortedOperations: 0,
    operationsPerSecond: 0,
    errorRatePercent: null,
    lastUpdated: null,
    operationBreakdown: operations,
    ...fields,
  }
}

export function snapshot(fields: Partial<PerformanceSnapshot> = {}): PerformanceSnapshot {
  return {
    timestamp: iso(0),
    service: { name: 'shop', version: '1.0.0', instanceId: 'host:1', pid: 1, node: '22.0.0', uptimeSeconds: 60 },
    systemMetrics: null,
    runtimeMetrics: null,
    componentMetrics: {},
    profilerData: { available: false, reason: null, running: null, profiles: [] },
    alerts: [],
    ...fields,
  }
}

export function alert(fields: Partial<PerformanceAlert> = {}): PerformanceAlert {
  return {
    id: 'a1',
    rule: 'cpu-usage',
    type: 'high-cpu-usage',
    severity: 'warning',
    state: 'firing',
    resolved: false,
    message: 'CPU at 90 %',
    component: null,
    operation: null,
    value: 90,
    threshold: 80,
    unit: '%',
    timestamp: iso(0),
    startedAt: iso(0),
    resolvedAt: null,
    silenced: false,
    labels: {},
    ...fields,
  }
}

export function finding(fields: Partial<PerformanceBottleneck> = {}): PerformanceBottleneck {
  return {
    id: 'f1',
    type: 'slow-operations',
    severity: 'high',
    title: 'GET /orders is slow: 51 queries per request',
    description: 'Most of its time goes into queries.',
    component: 'http',
    operation: 'GET /orders',
    impactScore: 0.5,
    evidence: [],
    location: null,
    source: null,
    victims: [],
    state: 'active',
    firstSeen: iso(0),
    lastSeen: iso(1000),
    resolvedAt: null,
    ...fields,
  }
}

export function recommendation(fields: Partial<OptimizationRecommendation> = {}): OptimizationRecommendation {
  return {
    id: 'r1',
    bottleneckId: 'f1',
    type: 'database-optimization',
    title: 'Read them in one query',
    description: 'Collect the ids first.',
    priority: 'high',
    implementationEffort: 'low',
    estimatedImpact: { score: 0.8, metric: 'p95Ms', current: 480, predicted: 60, confidence: 0.8 },
    component: 'http',
    operation: 'GET /orders',
    measured: null,
    ...fields,
  }
}

/** `counts` of component `http`, one a second; percentiles are the count times ten, null for none. */
export function history(counts: (number | null)[], fromMs = 0, stepMs = 1000): PerformanceHistory {
  const durations = counts.map((count) => (count ? count * 10 : null))
  const zeros = counts.map((count) => (count === null ? null : 0))
  return {
    from: iso(fromMs),
    to: iso(fromMs + counts.length * stepMs),
    stepMs,
    timestamps: counts.map((_, index) => iso(fromMs + (index + 1) * stepMs)),
    measuredMs: counts.map((count) => (count === null ? null : stepMs)),
    system: { cpuUsagePercent: counts } as unknown as PerformanceHistory['system'],
    runtime: { 'eventLoopDelay.p99Ms': durations } as unknown as PerformanceHistory['runtime'],
    components: {
      http: {
        count: counts,
        failedCount: zeros,
        abortedCount: zeros,
        p50Ms: durations,
        p95Ms: durations,
        p99Ms: durations,
      },
    },
    operations: {},
  }
}

export function sample(atMs: number, count: number, cpuUsagePercent: number | null = 50): StreamSample {
  return {
    timestamp: iso(atMs),
    durationMs: 1000,
    systemMetrics: { cpuUsagePercent } as SystemMetrics,
    runtimeMetrics: { eventLoopDelay: { p99Ms: 7 } } as RuntimeMetrics,
    componentMetrics:
      count === 0
        ? {}
        : { http: { totalOperations: count, failedOperations: 1, abortedOperations: 0, p50Ms: 1, p95Ms: 2, p99Ms: 3 } },
  }
}

export function trace(fields: Partial<Trace> = {}): Trace {
  return {
    id: 't',
    reason: 'slow',
    component: 'http',
    operation: 'GET /orders',
    startedAt: iso(0),
    durationMs: 10,
    outcome: 'success',
    statusCode: 200,
    traceId: null,
    parentSpanId: null,
    error: null,
    spans: [],
    droppedSpans: 0,
    ...fields,
  }
}
