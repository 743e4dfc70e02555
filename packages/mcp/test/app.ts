// A small real app: Express, the monitor at /perf, two minutes of history behind it (time is passed in), one finding with a place.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Finding, ManualClock, type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const MINUTES = 2
const VISIT_GAP_MS = 100 // an app at its limit is not profiled
const quiet = { info() {}, warn() {}, error() {} }

export interface App {
  url: string
  monitor: PerformanceMonitor
  /** Epoch ms at which orders became faster. */
  changedAt: number
  close(): Promise<void>
}

export async function startApp(config: PerformanceConfig = {}): Promise<App> {
  const clock = new ManualClock(Date.now() - MINUTES * 60_000)
  const monitor = new PerformanceMonitor({ clock, logger: quiet, serviceName: 'shop', stallThresholdMs: 0, ...config })
  for (const name of monitor.optimizer.ruleNames) monitor.optimizer.removeRule(name)
  monitor.optimizer.addRule({ name: 'planted', evaluate: () => [PLANTED] })
  const app = express()
  app.use(perfMonitor(monitor))
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  await monitor.start()
  const changedAt = await live(monitor, clock)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/perf`,
    monitor,
    changedAt,
    async close() {
      await monitor.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The same by the wall clock, with visitors: a route that burns CPU and loads something. */
export async function startLiveApp(): Promise<Pick<App, 'url' | 'close'>> {
  const perf = perfMonitor({ logger: quiet, serviceName: 'live', collectionIntervalMs: 500 })
  const app = express()
  app.use(perf)
  app.get('/work/:id', async (_req, res) => {
    for (let i = 0; i < 5; i++) {
      await perf.monitor.track('store', 'load', () => new Promise((resolve) => setImmediate(resolve)))
    }
    res.json({ sum: burnCpu() }) // a result that nobody takes would be optimized away
  })
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const visit = async () => (await fetch(`${origin}/work/7`)).text()
  for (let i = 0; i < 5; i++) await visit()
  let isOpen = true
  const visits = (async () => {
    while (isOpen) {
      const begunMs = performance.now()
      await visit()
      // whatever the machine: the app is at work for a fraction of the time, so that it can be profiled
      const gapMs = Math.max(VISIT_GAP_MS, 4 * (performance.now() - begunMs))
      await new Promise((resolve) => setTimeout(resolve, gapMs))
    }
  })()
  return {
    url: `${origin}/perf`,
    async close() {
      isOpen = false
      await visits
      await perf.monitor.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function burnCpu(): number {
  let sum = 0
  for (let i = 0; i < 3_000_000; i++) sum += Math.sqrt(i)
  return sum
}

/** 200 ms an order at first, 50 later; queries as children. */
async function live(monitor: PerformanceMonitor, clock: ManualClock): Promise<number> {
  const seconds = MINUTES * 60
  const query = monitor.operation('db', 'SELECT * FROM items WHERE order_id = ?')
  const orders = monitor.operation('http', 'GET /orders/:id')
  let changedAt = 0
  for (let second = 0; second < seconds; second++) {
    const isOld = second < seconds / 2
    if (!isOld && changedAt === 0) changedAt = clock.now()
    clock.advance(1000)
    for (let i = 0; i < 3; i++) {
      orders.recordHttp(
        isOld ? 200 : 50,
        i === 0 && isOld ? 'failure' : 'success',
        i === 0 && isOld ? 500 : 200,
        1,
        900,
      )
      orders.addChild(query, 5, isOld ? 150 : 30)
      for (let call = 0; call < 5; call++) query.record(isOld ? 30 : 6)
    }
    await monitor.sample()
  }
  return changedAt
}

const PLANTED: Finding = {
  bottleneck: {
    type: 'n-plus-one',
    severity: 'high',
    title: 'GET /orders/:id asks the database 5 times',
    description: 'It runs SELECT * FROM items WHERE order_id = ? 5 times per request.',
    component: 'http',
    operation: 'GET /orders/:id',
    impactScore: 0.8,
    evidence: [{ metric: 'callsPerParent', value: 5, unit: 'count', threshold: 3 }],
    location: { file: 'src/orders.ts', line: 42, column: 7, function: 'loadItems' },
    victims: [{ component: 'http', operation: 'GET /health', metric: 'p95Ms', value: 80, unit: 'ms' }],
  },
  recommendations: [
    {
      type: 'database-optimization',
      title: 'Fetch the items with one query',
      description: 'Use WHERE order_id = ANY(?).',
      priority: 'high',
      implementationEffort: 'low',
      estimatedImpact: { score: 0.8, metric: 'p95Ms', current: 200, predicted: 60, confidence: 0.9 },
    },
  ],
}
