// Whole reports, histories and expositions for the exporters' tests: plain ones, and the nasty ones of the contract kit.

import type { ExpositionInput } from '../../src/exporters/metric.js'
import { verdict } from '../../src/exporters/verdict.js'
import type { PerformanceAlert } from '../../src/types/alerts.js'
import type { PoolRecord } from '../../src/types/captures.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../../src/types/findings.js'
import type {
  ComponentPerformanceMetrics,
  OperationMetrics,
  PerformanceSnapshot,
  RuntimeMetrics,
  SystemMetrics,
} from '../../src/types/metrics.js'
import type { PerformanceReport } from '../../src/types/report.js'
import {
  type OperationHistory,
  type OperationView,
  type PerformanceHistory,
  RUNTIME_FIELDS,
  type RuntimeField,
  SYSTEM_FIELDS,
  type SystemField,
} from '../../src/types/window.js'
import { disk, exactHistogram, HOSTILE_NAMES, operationView } from '../helpers/window.js'

export const FROM = '2026-01-01T12:00:00.000Z'
export const TO = '2026-01-01T12:10:00.000Z'

export const NASTY_NAMES = [
  ...HOSTILE_NAMES,
  'GET /"quoted"',
  'GET /a\r\nb',
  'GET /</script><script>alert(1)</script>',
  'GET /<!--',
  'GET /a=b|c\\d',
  'GET /🚀/:id',
  '=1+1',
  '+SUM(A1)',
  '@import',
  '\t=cmd',
  '-2+3',
  'GET /$&$1$$`',
  '__NONCE__',
  'GET /\u2028line',
  '`code` *bold* [link](javascript:alert(1)) ![x](http://evil.example/x.png)',
  '# heading',
]

export function operationMetrics(change: Partial<OperationMetrics> = {}): OperationMetrics {
  return {
    count: 100,
    successfulCount: 97,
    failedCount: 2,
    abortedCount: 1,
    averageDurationMs: 12.3456,
    minDurationMs: 1.5,
    maxDurationMs: 480,
    p50Ms: 10,
    p90Ms: 20,
    p95Ms: 31.25,
    p99Ms: 99.9,
    p999Ms: 470,
    operationsPerSecond: 1.6667,
    errorRatePercent: 2.0202,
    active: 1,
    selfMs: 800,
    children: [],
    lastUpdated: TO,
    ...change,
  }
}

export function component(
  operationBreakdown: Record<string, OperationMetrics>,
  change: Partial<ComponentPerformanceMetrics> = {},
): ComponentPerformanceMetrics {
  const all = Object.values(operationBreakdown)
  const total = (read: (operation: OperationMetrics) => number) => all.reduce((sum, one) => sum + read(one), 0)
  const count = total((operation) => operation.count)
  const totalMs = total((operation) => (operation.averageDurationMs ?? 0) * operation.count)
  const { minDurationMs, maxDurationMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms } = operationMetrics()
  return {
    averageDurationMs: count === 0 ? null : totalMs / count,
    ...{ minDurationMs, maxDurationMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms },
    totalOperations: count,
    successfulOperations: total(({ successfulCount }) => successfulCount),
    failedOperations: total(({ failedCount }) => failedCount),
    abortedOperations: total(({ abortedCount }) => abortedCount),
    operationsPerSecond: 1.5,
    errorRatePercent: 2,
    lastUpdated: TO,
    operationBreakdown,
    ...change,
  }
}

export function system(change: Partial<SystemMetrics> = {}): SystemMetrics {
  return {
    cpuUsagePercent: 41.5,
    cpuCoresPercent: [40, 43],
    memoryTotalBytes: 8 * 1024 ** 3,
    memoryUsedBytes: 2 * 1024 ** 3,
    memoryAvailableBytes: 6 * 1024 ** 3,
    swapUsedBytes: 0,
    diskTotalBytes: 100 * 1024 ** 3,
    diskUsedBytes: 40 * 1024 ** 3,
    diskReadBytesPerSecond: 0,
    diskWriteBytesPerSecond: 123_456,
    disks: [disk({ usedPercent: 40 }), disk({ mount: '/data', usedPercent: 60, availableBytes: 10 * 1024 ** 3 })],
    networkRxBytes: 123_456_789,
    networkTxBytes: 987_654_321,
    networkRxBytesPerSecond: 1000,
    networkTxBytesPerSecond: 2000,
    networkLatencyMs: 12.3,
    loadAverage: [0.5, 0.4, 0.3],
    processCount: 123,
    uptimeSeconds: 86_400,
    container: { cpuLimitCores: 1.5, memoryLimitBytes: 512 * 1024 ** 2, memoryUsedBytes: 100e6, throttledPercent: 3 },
    pressure: { cpu: 1.5, memory: 0, io: 0.25 },
    ...change,
  }
}

export function runtime(change: Partial<RuntimeMetrics> = {}): RuntimeMetrics {
  return {
    cpuPercent: 38,
    rssBytes: 150e6,
    heapUsedBytes: 80e6,
    heapTotalBytes: 110e6,
    heapLimitBytes: 4e9,
    externalBytes: 5e6,
    eventLoopUtilizationPercent: 33,
    eventLoopDelay: { meanMs: 0.123, p50Ms: 0.1, p99Ms: 2.5, maxMs: 12 },
    gc: { pausePercent: 0.5, count: 3, maxPauseMs: 4.5 },
    threadPoolDelayMs: 0.2,
    activeRequests: 7,
    activeResources: { Timeout: 2, TCPSocketWrap: 9 },
    ...change,
  }
}

export function snapshot(change: Partial<PerformanceSnapshot> = {}): PerformanceSnapshot {
  const orders = operationMetrics({
    timeToFirstByteP50Ms: 8,
    timeToFirstByteP95Ms: 25,
    responseBytesAverage: 2048,
    statusCodes: { 200: 97, 499: 1, 500: 2 },
    streams: { count: 0, active: 0, averageLifetimeMs: null },
    children: [{ component: 'db', operation: 'SELECT orders', callsPerParent: 51, totalMs: 900, sharePercent: 73 }],
  })
  return {
    timestamp: TO,
    service: {
      name: 'shop-api',
      version: '2.3.1',
      instanceId: 'host:42',
      pid: 42,
      node: '24.9.0',
      uptimeSeconds: 3600,
    },
    systemMetrics: system(),
    runtimeMetrics: runtime(),
    componentMetrics: {
      http: component({ 'GET /orders': orders, 'GET (unmatched)': operationMetrics({ averageDurationMs: 1 }) }),
      db: component({ 'SELECT orders': operationMetrics({ count: 5100 }) }),
    },
    profilerData: { available: false, reason: 'not available yet', running: null, profiles: [] },
    alerts: [],
    ...change,
  }
}

export function alert(change: Partial<PerformanceAlert> = {}): PerformanceAlert {
  return {
    id: 'alert-1',
    rule: 'slow-response',
    type: 'slow-response',
    severity: 'warning',
    state: 'firing',
    resolved: false,
    message: 'GET /orders: p95 is 1.2 s, above 1 s',
    component: 'http',
    operation: 'GET /orders',
    value: 1200,
    threshold: 1000,
    unit: 'ms',
    timestamp: TO,
    startedAt: FROM,
    resolvedAt: null,
    silenced: false,
    labels: {},
    ...change,
  }
}

export function bottleneck(change: Partial<PerformanceBottleneck> = {}): PerformanceBottleneck {
  return {
    id: 'slow-operations:http:GET /orders',
    type: 'slow-operations',
    severity: 'high',
    title: 'GET /orders is slow: 51 queries per request',
    description: 'Each request runs SELECT orders 51 times.',
    component: 'http',
    operation: 'GET /orders',
    impactScore: 0.62,
    evidence: [{ metric: 'p95Ms', value: 480, unit: 'ms', threshold: 100 }],
    location: { file: 'src/orders.ts', line: 42, column: 7, function: 'listOrders' },
    source: null,
    victims: [],
    state: 'active',
    firstSeen: FROM,
    lastSeen: TO,
    resolvedAt: null,
    ...change,
  }
}

export function recommendation(change: Partial<OptimizationRecommendation> = {}): OptimizationRecommendation {
  return {
    id: 'advice-1',
    bottleneckId: 'slow-operations:http:GET /orders',
    type: 'database-optimization',
    title: 'Fetch the items of all orders in one query',
    description: 'Replace the 51 calls of SELECT orders by one with WHERE order_id IN (...).',
    priority: 'high',
    implementationEffort: 'low',
    estimatedImpact: { score: 0.8, metric: 'p95Ms', current: 480, predicted: 60.4, confidence: 0.9 },
    component: 'http',
    operation: 'GET /orders',
    measured: null,
    ...change,
  }
}

export function report(change: Partial<PerformanceReport> = {}): PerformanceReport {
  const content = {
    snapshot: snapshot(),
    alerts: [alert()],
    bottlenecks: [bottleneck()],
    recommendations: [recommendation()],
    resolved: [],
    advice: null,
    ...change,
  }
  return { timestamp: TO, window: { from: FROM, to: TO }, verdict: verdict(content), ...content }
}

export function history(operations: PerformanceHistory['operations'] = {}, steps = 3): PerformanceHistory {
  const column = () => Array.from({ length: steps }, (_, step) => (step === 1 ? null : step * 1.5))
  return {
    from: FROM,
    to: TO,
    stepMs: 1000,
    timestamps: Array.from({ length: steps }, (_, step) => new Date(Date.parse(FROM) + step * 1000).toISOString()),
    measuredMs: column(),
    system: Object.fromEntries(SYSTEM_FIELDS.map((field) => [field, column()])) as Record<SystemField, number[]>,
    runtime: Object.fromEntries(RUNTIME_FIELDS.map((field) => [field, column()])) as Record<RuntimeField, number[]>,
    components: { http: operationHistory(steps) },
    operations,
  }
}

export function operationHistory(steps: number): OperationHistory {
  const column = () => Array.from({ length: steps }, (_, step) => step)
  return {
    count: column(),
    failedCount: column(),
    abortedCount: column(),
    p50Ms: column(),
    p95Ms: column(),
    p99Ms: column(),
  }
}

export function expositionInput(change: Partial<ExpositionInput> = {}): ExpositionInput {
  return {
    service: snapshot().service,
    system: system(),
    runtime: runtime(),
    operations: [
      operationView({ operation: 'GET /orders', durations: [4, 30, 80, 700], failedCount: 1 }),
      operationView({ operation: 'GET (unmatched)', durations: [1, 2], successStatus: 404 }),
      outboundView(),
      operationView({ component: 'db', operation: 'SELECT orders', durations: [0.4, 1.2], abortedCount: 1 }),
    ],
    monitor: {
      faults: 1,
      samples: 600,
      samplingMs: 123.4,
      operations: 4,
      maxOperations: 20_000,
      rejected: [{ name: 'maxOperations', count: 0 }],
      historyBytes: 65_536,
    },
    counters: {
      cpuUserSeconds: 12.5,
      cpuSystemSeconds: 1.25,
      gc: [{ type: 'minor', durations: exactHistogram([0.5, 1.5, 12]) }],
    },
    pools: [
      poolRecord({ name: 'pg 127.0.0.1:5432/shop' }),
      poolRecord({ name: 'agent api.local:8080', maxConnections: null }),
      poolRecord({ name: 'agent api.local' }),
    ],
    openFiles: 42,
    ...change,
  }
}

function poolRecord(about: Partial<PoolRecord>): PoolRecord {
  return {
    name: 'redis',
    maxConnections: 10,
    openConnections: 4,
    idleConnections: 1,
    waitingRequests: 2,
    holders: [],
    ...about,
  }
}

/** `GET /route/0` … of HTTP, with status codes and children. */
export function manyOperations(count: number): Record<string, OperationMetrics> {
  const children = [
    { component: 'db', operation: 'SELECT orders', callsPerParent: 1, totalMs: 300, sharePercent: 25 },
    { component: 'handler', operation: 'listOrders', callsPerParent: 1, totalMs: 900, sharePercent: 75 },
  ]
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `GET /route/${index}/of/:tenant/orders/:id`,
      operationMetrics({ statusCodes: { 200: 97, 500: 2, 499: 1 }, children, averageDurationMs: index / 7 }),
    ]),
  )
}

/** One answer, and one request that got none. */
function outboundView(): OperationView {
  const view = operationView({ component: 'http-client', operation: 'GET api.example.com:8443', durations: [20, 30] })
  const series = [
    { outcome: 'success' as const, statusCode: 200, durations: exactHistogram([20]) },
    { outcome: 'failure' as const, statusCode: null, durations: exactHistogram([30]) },
  ]
  return { ...view, successfulCount: 1, failedCount: 1, series }
}
