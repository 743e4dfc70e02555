// Shared, disabled, stopped, broken: the app answers as if there were no monitor.
import { PerformanceMonitor } from '@perf-monitor/core'
import { expect, it } from 'vitest'
import { type Answer, comparable, send } from './client.js'
import type { Running, World } from './world.js'

const KEY = { headers: { 'x-key': '1' } }
const JSON_TYPE = { 'content-type': 'application/json' }

/** One of each kind, for comparing answers. */
const EVERYTHING: [request: string, options?: { headers?: Record<string, string>; body?: string }][] = [
  ['GET /plain'],
  ['HEAD /plain'],
  ['GET /items/7?x=1'],
  ['GET /items/%zz'],
  ['POST /items', { body: '{"a":1}', headers: JSON_TYPE }],
  ['POST /items', { body: '{"a":', headers: JSON_TYPE }],
  ['GET /tenants/1/users/2/orders/3'],
  ['GET /files/a/b'],
  ['GET /status/204'],
  ['GET /status/304'],
  ['GET /status/503'],
  ['GET /redirect'],
  ['GET /throws'],
  ['GET /rejects'],
  ['GET /missing/7'],
  ['GET /guarded/7'],
  ['GET /guarded/7', KEY],
  ['GET /items/7', { headers: { 'x-reject': '1' } }],
  ['GET /slow/7'],
  ['GET /work/7'],
  ['OPTIONS /items'],
  ['OPTIONS /plain'],
  ['DELETE /plain'],
  ['GET /nowhere'],
]

export function lifecycleCases(world: World): void {
  it('hands its monitor out', async () => {
    const app = await world.app()
    expect(app.monitor).toBeInstanceOf(PerformanceMonitor)
    expect(app.monitor.running).toBe(true)
  })

  it('answers as without a monitor', async () => {
    const [bare, monitored] = [await world.app({ enabled: false }), await world.app()]
    expect(await answersOf(monitored)).toEqual(await answersOf(bare))
    expect(monitored.monitor.guard.faults).toEqual([])
  })

  it('disabled, it lets everything through and serves nothing', async () => {
    const app = await world.app({ enabled: false })
    expect(app.monitor.running).toBe(false)
    expect((await app.send('GET /items/7')).status).toBe(200)
    expect((await app.send('GET /work/7')).body).toBe('worked')
    for (const path of ['/perf', '/perf/health', '/perf/metrics']) {
      expect((await app.send(`GET ${path}`)).status).toBe(404)
    }
    expect(app.monitor.getSnapshot().componentMetrics).toEqual({})
  })

  it('two apps share a monitor', async () => {
    const monitor = new PerformanceMonitor(world.quiet)
    const [one, two] = [await world.app(monitor), await world.app(monitor)]
    expect([one.monitor, two.monitor]).toEqual([monitor, monitor])
    await one.send('GET /items/1')
    await two.send('GET /items/2')
    await two.send('GET /plain')
    expect(one.counts()).toEqual({ 'GET /items/:id': 2, 'GET /plain': 1 })
    const snapshot = JSON.parse((await two.send('GET /perf/snapshot')).body)
    expect(snapshot.componentMetrics.http.totalOperations).toBe(3)
  })

  it('stopped, it lets everything through; started again, it goes on', async () => {
    const app = await world.app()
    await app.send('GET /items/1')
    await app.monitor.stop()
    expect((await app.send('GET /items/2')).status).toBe(200)
    expect((await app.send('GET /perf/health')).status).toBe(404)
    expect(app.counts()).toEqual({ 'GET /items/:id': 1 })
    await app.monitor.start()
    await app.send('GET /items/3')
    expect((await app.send('GET /perf/health')).status).toBe(200)
    expect(app.counts()).toEqual({ 'GET /items/:id': 2 })
  })

  it('stopped while requests run, they are answered', async () => {
    const app = await world.app()
    const answer = send(app.url, { method: 'GET', path: '/waits/7' })
    await world.hooks.waiting(1)
    await app.monitor.stop()
    world.hooks.release()
    expect((await answer).body).toBe('waited')
    await app.settled()
    expect(app.counts()).toEqual({ 'GET /waits/:id': 1 })
  })

  it('a monitor that fails inside costs the measurement, never an answer', async () => {
    const [bare, broken] = [await world.app({ enabled: false }), await world.app()]
    await broken.send('GET /plain')
    const begun = send(broken.url, { method: 'GET', path: '/waits/7' })
    await world.hooks.waiting(1)
    world.hooks.clock.isBroken = true
    world.hooks.release()
    expect((await begun).body).toBe('waited')
    expect(await answersOf(broken)).toEqual(await answersOf(bare))
    world.hooks.clock.isBroken = false
    expect(broken.monitor.guard.total).toBeGreaterThan(0)
    expect((await send(broken.url, { method: 'GET', path: '/plain' })).body).toBe('plain')
    while (broken.http('GET /plain').count < 2) await new Promise(setImmediate)
  })
}

async function answersOf(app: Running): Promise<[string, Answer][]> {
  const answers: [string, Answer][] = []
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0 // frameworks show traces in their answers, and what calls a handler stands in them
  try {
    for (const [request, options] of EVERYTHING) {
      const [method = '', path = ''] = request.split(' ')
      answers.push([request, comparable(await send(app.url, { method, path, ...options }))])
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  return answers
}
