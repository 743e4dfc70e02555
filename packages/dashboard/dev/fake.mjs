// For looking at the page only: invented figures, moving with time, the same for the same moment. Nothing of this ships.

const MIB = 1024 ** 2
const GIB = 1024 ** 3
export const STARTED_MS = Date.now() - 3 * 3_600_000

const HTTP = [
  ['GET /products', 120, 14, 0.1],
  ['GET /products/:id', 160, 9, 0.4],
  ['GET /orders', 18, 320, 0.2],
  ['GET /orders/:id', 31, 38, 0.6],
  ['POST /orders', 9, 145, 1.8],
  ['POST /cart/:cartId/items', 22, 22, 0.3],
  ['GET /cart/:cartId', 40, 11, 0],
  ['GET /search', 14, 96, 0.1],
  ['POST /checkout/:cartId/payment/confirmation/:provider/callback', 2.1, 610, 6.4],
  ['GET /customers/:id/recommendations', 6, 240, 0],
  ['GET /reports/daily', 0.04, 4200, 0],
  ['GET /health', 1, 0.4, 0],
  ['GET (unmatched)', 0.7, 0.9, 0],
  ['HEAD /products/:id', 0.5, 3, 0],
  ['PUT /customers/:id', 1.2, 31, 0.9],
  ['DELETE /cart/:cartId/items/:itemId', 3, 18, 0],
  ['GET /events', 0.02, 2, 0],
]
const OTHERS = {
  handler: HTTP.slice(0, 12).map(([name, rate, mean]) => [`${name} handler`, rate, mean * 0.9, 0]),
  db: [
    ['select orders', 940, 4.1, 0],
    ['select order_items where order_id = ?', 820, 2.4, 0],
    ['select products', 290, 3.2, 0],
    ['insert orders', 9, 12, 0.2],
    ['update stock', 24, 7.5, 0.6],
    ['select customers', 46, 2.1, 0],
  ],
  'http-client': [
    ['POST payments.internal', 2.1, 480, 5.2],
    ['GET stock.internal', 30, 26, 0.4],
  ],
}

/** 0 to 1, the same for the same seed: noise that does not change when it is asked for twice. */
function noise(seed) {
  const x = Math.sin(seed * 12.9898) * 43758.5453
  return x - Math.floor(x)
}

function hash(text) {
  let value = 7
  for (const char of text) value = (value * 31 + char.charCodeAt(0)) % 100_003
  return value
}

/** Traffic swings slowly, and a wave of trouble passes every quarter of an hour. */
function swing(tMs, seed) {
  return (
    0.8 +
    0.25 * Math.sin(tMs / 190_000 + seed) +
    0.1 * Math.sin(tMs / 23_000 + seed * 3) +
    0.12 * noise(tMs / 1000 + seed)
  )
}

function trouble(tMs) {
  const phase = (tMs / 1000) % 900
  return phase > 520 && phase < 640 ? Math.sin(((phase - 520) / 120) * Math.PI) : 0
}

function operationsOf(many) {
  const extra = Array.from({ length: many }, (_, i) => [
    `GET /tenants/:tenantId/resources/kind-${i}/:id`,
    0.2 + 20 * noise(i),
    2 + 90 * noise(i + 0.5) ** 3 * 10,
    noise(i + 0.2) > 0.9 ? 3 * noise(i) : 0,
  ])
  return { http: [...HTTP, ...extra], ...OTHERS }
}

export function snapshot(nowMs, windowMs, { many = 0, empty = false } = {}) {
  const componentMetrics = {}
  if (!empty) {
    for (const [component, operations] of Object.entries(operationsOf(many))) {
      componentMetrics[component] = componentOf(component, operations, nowMs, windowMs)
    }
  }
  return {
    timestamp: new Date(nowMs).toISOString(),
    service: service(nowMs),
    systemMetrics: system(nowMs),
    runtimeMetrics: runtime(nowMs),
    componentMetrics,
    profilerData: { available: false, reason: 'not in this version', running: null, profiles: [] },
    alerts: empty ? [] : alerts(nowMs).active,
  }
}

function service(nowMs) {
  const uptimeSeconds = Math.round((nowMs - STARTED_MS) / 1000)
  return { name: 'shop-api', version: '2.3.1', instanceId: 'shop-7f9c:4711', pid: 4711, node: '22.23.3', uptimeSeconds }
}

function durations(mean, seed) {
  const wobble = 0.95 + 0.1 * noise(seed)
  return {
    averageDurationMs: mean * wobble,
    minDurationMs: mean * 0.21,
    maxDurationMs: mean * 14.7 * wobble,
    p50Ms: mean * 0.82 * wobble,
    p90Ms: mean * 1.7 * wobble,
    p95Ms: mean * 2.3 * wobble,
    p99Ms: mean * 5.1 * wobble,
    p999Ms: mean * 11.2 * wobble,
  }
}

function componentOf(component, operations, nowMs, windowMs) {
  const operationBreakdown = {}
  let total = 0
  let failed = 0
  let aborted = 0
  let time = 0
  for (const [name, rate, mean, errorPercent] of operations) {
    const now = swing(nowMs, hash(name))
    const count = Math.round((rate * now * windowMs) / 1000)
    const failedCount = Math.round((count * errorPercent) / 100)
    const abortedCount = component === 'http' ? Math.round(count * 0.002) : 0
    const operation = {
      count,
      successfulCount: count - failedCount - abortedCount,
      failedCount,
      abortedCount,
      ...durations(mean, hash(name) + Math.floor(nowMs / 5000)),
      operationsPerSecond: count / (windowMs / 1000),
      errorRatePercent: count - abortedCount > 0 ? (100 * failedCount) / (count - abortedCount) : null,
      active: Math.round((rate * mean) / 1000),
      selfMs: mean * count * 0.22,
      children: childrenOf(component, name, mean, count),
      waits: waitsOf(name, mean, count),
      lastUpdated: new Date(nowMs - 300).toISOString(),
    }
    if (component === 'http') Object.assign(operation, httpOf(name, mean, operation))
    operationBreakdown[name] = operation
    total += count
    failed += failedCount
    aborted += abortedCount
    time += count * mean
  }
  return {
    totalOperations: total,
    successfulOperations: total - failed - aborted,
    failedOperations: failed,
    abortedOperations: aborted,
    ...durations(time / Math.max(1, total), 5),
    operationsPerSecond: total / (windowMs / 1000),
    errorRatePercent: total > 0 ? (100 * failed) / (total - aborted) : null,
    lastUpdated: new Date(nowMs - 300).toISOString(),
    operationBreakdown,
  }
}

function httpOf(name, mean, { count, failedCount, abortedCount }) {
  const notFound = Math.round(count * (name.includes(':id') ? 0.03 : 0))
  const created = name.startsWith('POST')
  return {
    timeToFirstByteP50Ms: mean * 0.7,
    timeToFirstByteP95Ms: mean * 2,
    responseBytesAverage: 900 + mean * 130,
    responseBytesP95: 2100 + mean * 410,
    statusCodes: Object.fromEntries(
      [
        [created ? '201' : '200', count - failedCount - abortedCount - notFound],
        ['404', notFound],
        ['499', abortedCount],
        ['500', failedCount],
      ].filter(([, n]) => n > 0),
    ),
    streams:
      name === 'GET /events'
        ? { count: 41, active: 12, averageLifetimeMs: 312_000 }
        : { count: 0, active: 0, averageLifetimeMs: null },
  }
}

function childrenOf(component, name, mean, count) {
  if (component !== 'http' || count === 0) return []
  if (name === 'GET /orders') {
    return [
      child('db', 'select order_items where order_id = ?', 51, 0.61, mean, count),
      child('db', 'select orders', 1, 0.11, mean, count),
      child('handler', 'GET /orders handler', 1, 0.06, mean, count),
    ]
  }
  if (name.startsWith('POST /checkout'))
    return [child('http-client', 'POST payments.internal', 1.06, 0.78, mean, count)]
  return [child('handler', `${name} handler`, 1, 0.78, mean, count)]
}

function waitsOf(name, mean, count) {
  const nothing = { eventLoopMs: null, threadPoolMs: null, connectionPoolMs: 0, socketMs: 0 }
  if (name === 'GET /orders') return { ...nothing, connectionPoolMs: mean * count * 0.07 }
  if (name.startsWith('POST /checkout'))
    return { ...nothing, socketMs: mean * count * 0.12, connectionPoolMs: mean * count * 0.02 }
  return nothing
}

function child(component, operation, callsPerParent, share, mean, count) {
  return { component, operation, callsPerParent, totalMs: mean * count * share, sharePercent: share * 100 }
}

export function system(tMs) {
  const busy = Math.min(99, 38 + 18 * swing(tMs, 3) + 40 * trouble(tMs))
  const used = (395 + 22 * swing(tMs, 9) + 40 * trouble(tMs)) * MIB
  return {
    cpuUsagePercent: busy,
    cpuCoresPercent: [Math.min(100, busy * 1.2), busy * 0.8],
    memoryTotalBytes: 512 * MIB,
    memoryUsedBytes: used,
    memoryAvailableBytes: 512 * MIB - used,
    swapUsedBytes: 0,
    diskTotalBytes: 80 * GIB,
    diskUsedBytes: 51.3 * GIB,
    diskReadBytesPerSecond: 140_000 * swing(tMs, 21),
    diskWriteBytesPerSecond: 2.1 * MIB * swing(tMs, 22),
    disks: [
      {
        mount: '/',
        type: 'ext4',
        totalBytes: 80 * GIB,
        usedBytes: 51.3 * GIB,
        availableBytes: 24.6 * GIB,
        usedPercent: 67.6,
      },
      {
        mount: '/var/lib/uploads',
        type: 'xfs',
        totalBytes: 500 * GIB,
        usedBytes: 431 * GIB,
        availableBytes: 69 * GIB,
        usedPercent: 86.2,
      },
    ],
    networkRxBytes: 81 * GIB,
    networkTxBytes: 212 * GIB,
    networkRxBytesPerSecond: 0.9 * MIB * swing(tMs, 31),
    networkTxBytesPerSecond: 4.3 * MIB * swing(tMs, 32),
    networkLatencyMs: null,
    loadAverage: [1.21, 0.98, 0.87],
    processCount: 34,
    uptimeSeconds: 1_209_600,
    container: {
      cpuLimitCores: 2,
      memoryLimitBytes: 512 * MIB,
      memoryUsedBytes: used,
      throttledPercent: 4 * trouble(tMs),
    },
    pressure: { cpu: 3.1 + 20 * trouble(tMs), memory: 0, io: 0.4 },
  }
}

export function runtime(tMs) {
  const loop = Math.min(99, 30 + 12 * swing(tMs, 4) + 45 * trouble(tMs))
  return {
    cpuPercent: loop * 1.12,
    rssBytes: (238 + 20 * swing(tMs, 9)) * MIB,
    heapUsedBytes: (96 + (40 * ((tMs / 1000) % 37)) / 37) * MIB,
    heapTotalBytes: 164 * MIB,
    heapLimitBytes: 288 * MIB,
    externalBytes: 11.4 * MIB,
    eventLoopUtilizationPercent: loop,
    eventLoopDelay: {
      meanMs: 0.6 + 4 * trouble(tMs),
      p50Ms: 0.3 + 0.2 * noise(tMs / 1000),
      p99Ms: 4 + 3 * noise(tMs / 1000 + 1) + 60 * trouble(tMs),
      maxMs: 9 + 9 * noise(tMs / 1000 + 2) + 140 * trouble(tMs),
    },
    gc: { pausePercent: 1.1 + 0.8 * noise(tMs / 1000 + 3), count: 3, maxPauseMs: 4.2 },
    threadPoolDelayMs: 0.11 + 0.1 * noise(tMs / 1000 + 4),
    activeRequests: Math.round(14 + 8 * noise(tMs / 1000 + 5)),
    activeResources: { TCPSocketWrap: 41, TCPServerWrap: 1, Timeout: 6, FSReqPromise: 2 },
  }
}

/** One step of a component or an operation. */
export function point(seed, rate, mean, errorPercent, tMs, stepMs) {
  const count = Math.floor((rate * swing(tMs, seed) * stepMs) / 1000 + noise(tMs / 1000 + seed))
  const slow = 1 + 3 * trouble(tMs)
  const wobble = 0.85 + 0.3 * noise(tMs / 1000 + seed * 2)
  return {
    count,
    failedCount: Math.min(
      count,
      Math.round(count * (errorPercent / 100) * (1 + 9 * trouble(tMs)) + noise(tMs / 1000 + seed + 7) * 0.7),
    ),
    abortedCount: noise(tMs / 1000 + seed + 9) > 0.9 ? Math.min(1, count) : 0,
    p50Ms: count > 0 ? mean * 0.5 * wobble * (1 + trouble(tMs)) : null,
    p95Ms: count > 0 ? mean * 3 * wobble * slow : null,
    p99Ms: count > 0 ? mean * 8 * wobble * slow : null,
  }
}

const COMPONENT_RATES = {
  http: [412, 42, 0.3],
  handler: [400, 36, 0],
  db: [2130, 3.4, 0.02],
  'http-client': [32, 55, 0.8],
}
const POOL = 'pool.pg 127.0.0.1:5432/shop'
const GAUGES = [
  [`${POOL}.open`, (t) => Math.min(12, Math.round(6 + 6 * trouble(t) + 2 * noise(t / 1000)))],
  [`${POOL}.idle`, (t) => Math.max(0, Math.round(3 - 3 * trouble(t) - noise(t / 900)))],
  [`${POOL}.waiting`, (t) => Math.round(14 * trouble(t))],
  [`${POOL}.max`, () => 12],
  ['pool.http stock.internal:80.open', (t) => Math.round(4 + 3 * noise(t / 4000))],
  ['pool.http stock.internal:80.idle', (t) => Math.round(2 * noise(t / 3000))],
  ['pool.http stock.internal:80.waiting', () => 0],
  ['resource.Timeout', (t) => 6 + Math.round(4 * noise(t / 5000))],
  ['resource.TCPSocketWrap', (t) => Math.round(41 + ((t / 60_000) % 60))],
  ['heap.oldSpaceBytes', (t) => (80 + 6 * noise(t / 9000)) * MIB],
]
const FIELDS = ['count', 'failedCount', 'abortedCount', 'p50Ms', 'p95Ms', 'p99Ms']

export function history(
  fromMs,
  toMs,
  stepMs,
  { component, operation, system: systemFields, runtime: runtimeFields, empty = false },
) {
  const times = []
  for (let t = Math.ceil(Math.max(fromMs, STARTED_MS) / stepMs) * stepMs; t <= toMs; t += stepMs) times.push(t)
  const column = (read) => times.map(read)
  const columns = (seed, [rate, mean, errors]) =>
    Object.fromEntries(FIELDS.map((field) => [field, column((t) => point(seed, rate, mean, errors, t, stepMs)[field])]))
  const path = (metrics, field) => field.split('.').reduce((value, key) => value?.[key], metrics) ?? null
  const known = operation === undefined ? undefined : operationsOf(0)[component]?.find(([name]) => name === operation)
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    stepMs,
    timestamps: times.map((t) => new Date(t).toISOString()),
    measuredMs: times.map(() => stepMs),
    system: Object.fromEntries(systemFields.map((field) => [field, column((t) => path(system(t), field))])),
    runtime: Object.fromEntries(runtimeFields.map((field) => [field, column((t) => path(runtime(t), field))])),
    gauges: Object.fromEntries(GAUGES.map(([name, read]) => [name, column(read)])),
    components: empty
      ? {}
      : Object.fromEntries(Object.entries(COMPONENT_RATES).map(([name, rates]) => [name, columns(hash(name), rates)])),
    operations: known === undefined ? {} : { [component]: { [operation]: columns(hash(operation), known.slice(1)) } },
  }
}

export function sample(tMs, empty) {
  const components = empty ? [] : Object.entries(COMPONENT_RATES)
  return {
    timestamp: new Date(tMs).toISOString(),
    durationMs: 1000,
    systemMetrics: system(tMs),
    runtimeMetrics: runtime(tMs),
    componentMetrics: Object.fromEntries(
      components.map(([name, [rate, mean, errors]]) => {
        const { count, failedCount, abortedCount, ...percentiles } = point(hash(name), rate, mean, errors, tMs, 1000)
        return [
          name,
          { totalOperations: count, failedOperations: failedCount, abortedOperations: abortedCount, ...percentiles },
        ]
      }),
    ),
  }
}

export function findings(nowMs) {
  const since = (minutes) => new Date(nowMs - minutes * 60_000).toISOString()
  const finding = (fields) => ({
    location: null,
    source: null,
    victims: [],
    state: 'active',
    lastSeen: since(0),
    resolvedAt: null,
    ...fields,
  })
  return {
    bottlenecks: [
      finding({
        id: 'n1-orders',
        type: 'n-plus-one',
        severity: 'critical',
        title: 'GET /orders is slow: 51 queries per request',
        description:
          'Each request for the list of orders reads the items of every order by a query of its own. The queries take 61 % of the time of the request, one after the other; their number grows with the number of orders.',
        component: 'http',
        operation: 'GET /orders',
        impactScore: 0.46,
        evidence: [
          { metric: 'callsPerParent', value: 51, unit: '', threshold: 5 },
          { metric: 'p95Ms', value: 480, unit: 'ms', threshold: 200 },
          { metric: 'childSharePercent', value: 61, unit: '%' },
          { metric: 'requests', value: 10_812, unit: 'count' },
        ],
        location: { file: 'src/orders.ts', line: 42, column: 17, function: 'listOrders' },
        source: {
          firstLine: 39,
          lines: [
            '  const orders = await db.orders.of(customerId, { since, limit: PAGE_SIZE })',
            '  const list = []',
            '  for (const order of orders) {',
            '    const items = await db.items.of(order.id)',
            '    list.push({ ...order, items, total: items.reduce((sum, item) => sum + item.quantity * item.priceCents, 0) })',
            '  }',
            '  return list',
          ],
        },
        victims: [
          { component: 'http', operation: 'GET /orders/:id', metric: 'p95Ms', value: 212, unit: 'ms' },
          {
            component: 'http',
            operation: 'POST /checkout/:cartId/payment/confirmation/:provider/callback',
            metric: 'p95Ms',
            value: 1730,
            unit: 'ms',
          },
        ],
        firstSeen: since(7.4),
      }),
      finding({
        id: 'err-checkout',
        type: 'high-error-rate',
        severity: 'high',
        title: '6.4 % of payment callbacks fail',
        description: 'POST payments.internal fails in 5.2 % of its calls, and every failure fails the callback.',
        component: 'http',
        operation: 'POST /checkout/:cartId/payment/confirmation/:provider/callback',
        impactScore: 0.21,
        evidence: [{ metric: 'errorRatePercent', value: 6.4, unit: '%', threshold: 5 }],
        location: { file: 'src/checkout/payment-provider.ts', line: 118, column: 9, function: 'confirmPayment' },
        firstSeen: since(64),
      }),
      finding({
        id: 'report-blocks',
        type: 'event-loop-blocked',
        severity: 'high',
        title: 'GET /reports/daily holds the event loop for up to 1.9 s',
        description:
          '`renderRows` (src/reports/render.ts:64) ran for 1.2 s at a time, 4 times in the shown time; up to 23 requests waited for it.',
        component: 'http',
        operation: 'GET /reports/daily',
        impactScore: 0.18,
        evidence: [
          { metric: 'longestBlockMs', value: 1910, unit: 'ms', threshold: 100 },
          { metric: 'blocks', value: 4, unit: 'count' },
        ],
        location: { file: 'src/reports/render.ts', line: 64, column: 21, function: 'renderRows' },
        firstSeen: since(31),
      }),
      finding({
        id: 'disk-uploads',
        type: 'high-disk-usage',
        severity: 'medium',
        title: 'The disk at /var/lib/uploads is 86 % full',
        description: 'At the rate of the last hour it is full in 9 days.',
        component: null,
        operation: null,
        impactScore: 0.08,
        evidence: [{ metric: 'diskUsagePercent', value: 86.2, unit: '%', threshold: 80 }],
        firstSeen: since(2900),
      }),
    ],
    recommendations: [
      {
        id: 'r1',
        bottleneckId: 'n1-orders',
        type: 'database-optimization',
        title: 'Read the items of all orders in one query',
        description:
          'In listOrders (src/orders.ts:42) collect the ids of the orders and read their items with one `where order_id in (…)`, then group them in memory. An index on order_items.order_id exists.',
        priority: 'critical',
        implementationEffort: 'low',
        estimatedImpact: { score: 0.87, metric: 'p95Ms', current: 480, predicted: 60, confidence: 0.8 },
        component: 'http',
        operation: 'GET /orders',
        measured: null,
      },
      {
        id: 'r2',
        bottleneckId: 'n1-orders',
        type: 'architectural-change',
        title: 'Give the list pages',
        description: 'Half of the requests show fewer than 10 of the 50 orders that are read.',
        priority: 'medium',
        implementationEffort: 'medium',
        estimatedImpact: null,
        component: 'http',
        operation: 'GET /orders',
        measured: null,
      },
      {
        id: 'r3',
        bottleneckId: 'err-checkout',
        type: 'configuration-tuning',
        title: 'Answer the provider before the payment service does',
        description:
          'Take the callback into a queue and confirm it at once: the provider repeats what was not confirmed in 1 s.',
        priority: 'high',
        implementationEffort: 'medium',
        estimatedImpact: { score: 0.5, metric: 'errorRatePercent', current: 6.4, predicted: 0.4, confidence: 0.5 },
        component: 'http',
        operation: 'POST /checkout/:cartId/payment/confirmation/:provider/callback',
        measured: null,
      },
    ],
    resolved: [
      {
        bottleneck: finding({
          id: 'pool-pg',
          type: 'pool-exhaustion',
          severity: 'high',
          title: 'Requests wait 140 ms for a connection to the database',
          description: 'All 5 connections of the pool were in use for 61 % of the time.',
          component: 'pool',
          operation: 'pg 127.0.0.1:5432/shop',
          impactScore: 0.3,
          evidence: [{ metric: 'p95Ms', value: 140, unit: 'ms' }],
          state: 'resolved',
          firstSeen: since(55),
          lastSeen: since(18),
          resolvedAt: since(16),
        }),
        recommendations: [
          {
            id: 'r9',
            bottleneckId: 'pool-pg',
            type: 'configuration-tuning',
            title: 'Give the pool 12 connections',
            description: 'At this rate 12 are enough for 99 % of the requests not to wait.',
            priority: 'high',
            implementationEffort: 'low',
            estimatedImpact: { score: 0.6, metric: 'p95Ms', current: 190, predicted: 55, confidence: 0.7 },
            component: 'pool',
            operation: 'pg 127.0.0.1:5432/shop',
            measured: 61.3,
          },
        ],
      },
    ],
    advice: {
      text: 'Begin with the queries of GET /orders: they hold the connections that everything else waits for.\n\nThe daily report can be made by a worker thread.',
      at: since(4),
      model: 'local-model',
    },
  }
}

const silences = []
let nextSilence = 1

export function alerts(nowMs) {
  const at = (minutes) => new Date(nowMs - minutes * 60_000).toISOString()
  const alert = (fields) => {
    const whole = {
      resolved: fields.state === 'resolved',
      component: null,
      operation: null,
      resolvedAt: null,
      labels: {},
      timestamp: at(1),
      ...fields,
    }
    return { ...whole, silenced: silences.some(({ matcher }) => matcher.rule === whole.rule) }
  }
  return {
    active: [
      alert({
        id: 'a1',
        rule: 'response-time',
        type: 'slow-response',
        severity: 'critical',
        state: 'firing',
        message: 'p95 of GET /orders is 1.2 s',
        component: 'http',
        operation: 'GET /orders',
        value: 1210,
        threshold: 1000,
        unit: 'ms',
        startedAt: at(6.2),
      }),
      alert({
        id: 'a2',
        rule: 'error-rate',
        type: 'operation-failure',
        severity: 'warning',
        state: 'firing',
        message: '6.4 % of POST /checkout callbacks fail',
        component: 'http',
        operation: 'POST /checkout/:cartId/payment/confirmation/:provider/callback',
        value: 6.4,
        threshold: 5,
        unit: '%',
        startedAt: at(3.1),
      }),
      alert({
        id: 'a3',
        rule: 'memory-usage',
        type: 'high-memory-usage',
        severity: 'warning',
        state: 'pending',
        message: 'Memory at 85.6 %',
        value: 85.6,
        threshold: 85,
        unit: '%',
        startedAt: at(0.1),
      }),
    ],
    history: [
      alert({
        id: 'h1',
        rule: 'cpu-usage',
        type: 'high-cpu-usage',
        severity: 'warning',
        state: 'resolved',
        message: 'CPU at 84 % for 40 s',
        value: 84,
        threshold: 80,
        unit: '%',
        startedAt: at(9),
        resolvedAt: at(8.2),
      }),
      alert({
        id: 'h2',
        rule: 'event-loop-stall',
        type: 'event-loop-stall',
        severity: 'info',
        state: 'resolved',
        message: 'The event loop stood still for 212 ms',
        value: 212,
        threshold: 100,
        unit: 'ms',
        startedAt: at(48),
        resolvedAt: at(47.5),
      }),
    ],
    silences: [...silences],
  }
}

export function silence({ matcher, durationMs, comment }) {
  const now = Date.now()
  const made = {
    id: `s${nextSilence++}`,
    matcher,
    comment: comment ?? null,
    createdAt: new Date(now).toISOString(),
    endsAt: new Date(now + durationMs).toISOString(),
  }
  silences.push(made)
  return made
}

export function unsilence(id) {
  const at = silences.findIndex((candidate) => candidate.id === id)
  if (at >= 0) silences.splice(at, 1)
  return at >= 0
}

export function health() {
  return {
    status: 'degraded',
    running: true,
    uptimeSeconds: (Date.now() - STARTED_MS) / 1000,
    degraded: [
      {
        part: 'collector network',
        faults: 3,
        lastError: 'EACCES: permission denied, open /proc/net/dev',
        lastAt: new Date().toISOString(),
      },
    ],
    limits: [
      { name: 'maxOperations', limit: 20_000, used: 37, rejected: 0 },
      { name: 'maxChildrenPerOperation', limit: 64, used: 64, rejected: 118 },
    ],
    instruments: [],
  }
}
