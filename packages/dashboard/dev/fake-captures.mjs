// For looking at the page only: invented kept requests, profiles and flame graphs, as core sends them. Nothing of this ships.

const PLACES = {
  items: { file: 'src/orders.ts', line: 42, column: 17, function: 'listOrders' },
  list: { file: 'src/orders.ts', line: 37, column: 24, function: 'listOrders' },
  pay: { file: 'src/checkout/payment-provider.ts', line: 118, column: 9, function: 'confirmPayment' },
  render: { file: 'src/reports/render.ts', line: 64, column: 21, function: 'renderRows' },
  hash: { file: 'src/sessions.ts', line: 19, column: 12, function: 'sign' },
  orm: { file: 'node_modules/tiny-orm/lib/hydrate.js', line: 210, column: 5, function: 'hydrate' },
}
const CALLBACK = 'POST /checkout/:cartId/payment/confirmation/:provider/callback'

export function traces(nowMs, { component, operation } = {}) {
  const all = [
    ...Array.from({ length: 9 }, (_, n) => ordersTrace(n)),
    ...Array.from({ length: 7 }, (_, n) => payTrace(n)),
  ]
  return all
    .filter((trace) => component === undefined || trace.component === component)
    .filter((trace) => operation === undefined || trace.operation === operation)
    .map((trace) => ({ ...trace, startedAt: new Date(nowMs - trace.agoMs).toISOString(), agoMs: undefined }))
}

function ordersTrace(n) {
  const slow = n % 3 !== 2
  const queries = slow ? 51 : 4
  const eachMs = slow ? 7.3 + (n % 4) : 2.1
  const spans = [
    span({
      component: 'handler',
      operation: 'GET /orders handler',
      startMs: 1.1,
      durationMs: 16 + queries * (eachMs + 0.4),
    }),
    span({ component: 'pool', operation: 'pg 127.0.0.1:5432/shop', parent: 0, startMs: 1.4, durationMs: 3.2 }),
    span({ component: 'db', operation: 'select orders', parent: 0, startMs: 5, durationMs: 9.4, site: PLACES.list }),
  ]
  for (let k = 0; k < queries; k++) {
    spans.push(
      span({
        component: 'db',
        operation: 'select order_items where order_id = ?',
        parent: 0,
        startMs: 15 + k * (eachMs + 0.4),
        durationMs: eachMs,
        site: PLACES.items,
      }),
    )
  }
  return trace({
    id: `orders-${n}`,
    reason: slow ? 'slow' : 'typical',
    operation: 'GET /orders',
    agoMs: 20_000 + n * 47_000,
    durationMs: 19 + queries * (eachMs + 0.4),
    statusCode: 200,
    spans,
    droppedSpans: n === 1 ? 12 : 0,
  })
}

function payTrace(n) {
  const failed = n % 3 !== 0
  const message = n % 2 ? 'The provider answered ? after ? ms' : 'socket hang up'
  return trace({
    id: `pay-${n}`,
    reason: failed ? 'failed' : 'slow',
    operation: CALLBACK,
    agoMs: 9000 + n * 61_000,
    durationMs: 612 + n * 31,
    outcome: failed ? 'failure' : 'success',
    statusCode: failed ? 502 : 200,
    error: failed ? { class: n % 2 ? 'PaymentTimeout' : 'Error', message, location: PLACES.pay } : null,
    spans: [
      span({ component: 'db', operation: 'select customers', startMs: 2, durationMs: 2.2, site: PLACES.hash }),
      span({
        component: 'http-client',
        operation: 'POST payments.internal',
        startMs: 8,
        durationMs: 590,
        success: !failed,
        site: PLACES.pay,
      }),
      span({ component: 'db', operation: 'update stock', parent: null, startMs: 30, durationMs: null }),
    ],
  })
}

function trace(fields) {
  return {
    component: 'http',
    outcome: 'success',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
    error: null,
    droppedSpans: 0,
    ...fields,
  }
}

function span(fields) {
  return { parent: null, success: true, site: null, ...fields }
}

const taken = []
let nextProfile = 1

export function profiles(nowMs) {
  if (taken.length === 0) {
    for (const [type, agoMs] of [
      ['cpu', 70_000],
      ['heap', 3_900_000],
      ['allocation', 7_000_000],
    ])
      take({ type, durationMs: 10_000 }, nowMs - agoMs)
    taken.push({
      ...take({ type: 'heap', durationMs: 30_000 }, nowMs - 9_000_000),
      id: 'failed',
      failed: 'the profiler was stopped by a debugger',
    })
    taken.splice(3, 1)
  }
  const all = taken.map((profile) => summary(profile, nowMs)).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  const running = all.find(({ state }) => state === 'running') ?? null
  return { available: true, reason: null, running, profiles: all.filter((profile) => profile !== running) }
}

export function take({ type, durationMs }, nowMs = Date.now()) {
  const profile = { id: `p${nextProfile++}`, type, durationMs, startedMs: nowMs }
  taken.push(profile)
  return { ...summary(profile, nowMs), ...profile }
}

function summary({ id, type, durationMs, startedMs, failed }, nowMs) {
  const state = failed ? 'failed' : nowMs < startedMs + durationMs ? 'running' : 'complete'
  return {
    id,
    type,
    state,
    startedAt: new Date(startedMs).toISOString(),
    durationMs,
    sizeBytes: state === 'complete' ? 412_000 : null,
    error: failed ?? null,
  }
}

export function profile(id, nowMs) {
  const kept = taken.find((each) => each.id === id)
  if (kept === undefined) return null
  const head = summary(kept, nowMs)
  const unit = head.type === 'cpu' ? 'ms' : 'bytes'
  if (head.state !== 'complete') return { ...head, unit, total: null, functions: [], places: [], operations: [] }
  const root = flame(head.type)
  const share = (operation, percent, component = 'http') => ({
    component,
    operation,
    self: (root.total * percent) / 100,
    percent,
  })
  const place = (location, api, percent, operations) => ({
    location,
    api,
    self: (root.total * percent) / 100,
    percent,
    stack: [],
    operations,
  })
  return {
    ...head,
    unit,
    total: root.total,
    functions: functionsOf(root),
    places: [
      place(PLACES.render, null, 34.2, [share('GET /reports/daily', 34.2)]),
      place(PLACES.items, 'JSON.parse', 21.7, [share('GET /orders', 19.5), share(CALLBACK, 2.2)]),
      place(PLACES.hash, 'pbkdf2Sync', 9.1, [share(CALLBACK, 9.1)]),
      place(PLACES.orm, null, 4.4, []),
    ],
    operations: [share('GET /reports/daily', 36), share('GET /orders', 24), share(CALLBACK, 12), share(null, 28, null)],
  }
}

export function flame(type) {
  const scale = type === 'cpu' ? 1 : 9000
  const node = (name, file, line, self, children = []) => ({
    name,
    file,
    line,
    owner: file === null ? 'other' : file.startsWith('node_modules/') ? 'dependency' : 'app',
    self: self * scale,
    total: self * scale + children.reduce((sum, child) => sum + child.total, 0),
    children,
  })
  const rows = Array.from({ length: 24 }, (_, n) => node(`column${n}`, 'src/reports/render.ts', 80 + n, 400 / (n + 2)))
  return node('(root)', null, null, 0, [
    node('processTicksAndRejections', null, null, 31, [
      node('daily', 'src/reports/daily.ts', 12, 40, [node('renderRows', 'src/reports/render.ts', 58, 1820, rows)]),
      node('listOrders', 'src/orders.ts', 31, 90, [
        node('hydrate', 'node_modules/tiny-orm/lib/hydrate.js', 190, 320, [node('parse', null, null, 1210)]),
      ]),
    ]),
    node('handle', 'node_modules/router/index.js', 140, 120, [
      node('next', 'node_modules/router/index.js', 181, 80, [
        node('sign', 'src/sessions.ts', 11, 20, [node('pbkdf2Sync', null, null, 530)]),
        node('confirmPayment', 'src/checkout/payment-provider.ts', 99, 210),
      ]),
    ]),
    node('(garbage collector)', null, null, 240),
    node('(program)', null, null, 330),
  ])
}

function functionsOf(root) {
  const found = []
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...node.children)
    const location = node.file === null ? null : { file: node.file, line: node.line, column: 3, function: node.name }
    const percent = (value) => (100 * value) / root.total
    found.push({
      function: node.name,
      location,
      self: node.self,
      total: node.total,
      selfPercent: percent(node.self),
      totalPercent: percent(node.total),
    })
  }
  return found.filter(({ self }) => self > 0).sort((a, b) => b.self - a.self)
}
