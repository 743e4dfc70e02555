// How long it took, to the last digit: time passes only where handlers let it.
import { expect, it } from 'vitest'
import { open, raw, send } from './client.js'
import type { World } from './world.js'

export function timeCases(world: World): void {
  it('same input, same numbers', async () => {
    const app = await world.app()
    for (let n = 0; n < 10; n++) {
      await app.send('GET /plain')
      await app.send(`GET /items/${n}`)
      await app.send(`GET /slow/${n}`)
    }
    for (const id of ['a', 'b']) await app.send(`GET /tenants/${id}/users/${id}/orders/${id}`)
    const figures = Object.entries(app.operations('http')).map(([name, metrics]) => {
      const { count, failedCount, abortedCount, active, minDurationMs, maxDurationMs, averageDurationMs } = metrics
      return { name, count, failedCount, abortedCount, active, minDurationMs, maxDurationMs, averageDurationMs }
    })
    const timed = (name: string, count: number, ms: number) => ({
      ...{ name, count, failedCount: 0, abortedCount: 0, active: 0 },
      ...{ minDurationMs: ms, maxDurationMs: ms, averageDurationMs: ms },
    })
    expect(figures.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      timed('GET /items/:id', 10, 5),
      timed('GET /plain', 10, 1),
      timed('GET /slow/:id', 10, 25),
      timed('GET /tenants/:tenant/users/:user/orders/:order', 2, 2),
    ])
    const { http } = app.monitor.getSnapshot().componentMetrics
    expect(http).toMatchObject({ totalOperations: 32, failedOperations: 0, minDurationMs: 1, maxDurationMs: 25 })
    expect(app.monitor.tracker.activeRequests).toBe(0)
  })

  it('times handlers, where the framework lets it', async () => {
    const { handlerOf } = world.options
    const app = await world.app()
    for (let n = 0; n < 3; n++) await app.send(`GET /slow/${n}`)
    if (handlerOf === null) {
      expect(app.operations('handler')).toEqual({})
      return
    }
    const name = handlerOf('GET /slow/:id')
    const metrics = app.operations('handler')[name]
    expect(metrics).toMatchObject({ count: 3, failedCount: 0, active: 0, minDurationMs: 25, maxDurationMs: 25 })
    expect(app.http('GET /slow/:id').children).toContainEqual(
      expect.objectContaining({ component: 'handler', operation: name, callsPerParent: 1, totalMs: 75 }),
    )
  })

  it('what a handler calls is a child of its request', async () => {
    const { handlerOf } = world.options
    const app = await world.app()
    await app.send('GET /work/7')
    await app.send('GET /plain')
    const metrics = app.http('GET /work/:id')
    expect(metrics).toMatchObject({ count: 1, minDurationMs: 10, maxDurationMs: 10, selfMs: 3 })
    const query = { component: 'db', operation: 'query', callsPerParent: 1, totalMs: 7, sharePercent: 70 }
    expect(metrics.children).toContainEqual(query)
    expect(app.http('GET /plain').children.filter(({ component }) => component === 'db')).toEqual([])
    expect(app.operations('db').query).toMatchObject({ count: 1, minDurationMs: 7, maxDurationMs: 7 })
    if (handlerOf === null) return
    expect(app.operations('handler')[handlerOf('GET /work/:id')]?.children).toEqual([query])
  })

  it('requests that overlap keep their own children', async () => {
    const app = await world.app()
    await Promise.all(Array.from({ length: 10 }, (_, n) => send(app.url, { method: 'GET', path: `/work/${n}` })))
    await app.settled()
    const [query] = app.http('GET /work/:id').children.filter(({ component }) => component === 'db')
    expect(query).toMatchObject({ operation: 'query', callsPerParent: 1 })
    expect(app.http('GET /work/:id')).toMatchObject({ count: 10, active: 0 })
  })

  it('counts what is in flight', async () => {
    const app = await world.app()
    const answers = Array.from({ length: 20 }, (_, n) => send(app.url, { method: 'GET', path: `/waits/${n}` }))
    await world.hooks.waiting(20)
    expect(app.http('GET /waits/:id')).toMatchObject({ active: 20, count: 0 })
    expect(app.monitor.tracker.activeRequests).toBe(20)
    world.hooks.advance(50)
    world.hooks.release()
    for (const { status, body } of await Promise.all(answers)) expect([status, body]).toEqual([200, 'waited'])
    await app.settled()
    expect(app.http('GET /waits/:id')).toMatchObject({ active: 0, count: 20, minDurationMs: 50, maxDurationMs: 50 })
  })

  it('takes the first byte apart from the last', async () => {
    const app = await world.app()
    const response = await open(app.url, { method: 'GET', path: '/stream' })
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk
      if (body.endsWith('three')) continue
      await world.hooks.waiting(1)
      world.hooks.release()
    }
    expect(body).toBe('onetwothree')
    await app.settled()
    const { timeToFirstByteP50Ms, ...metrics } = app.http('GET /stream')
    expect(metrics).toMatchObject({ count: 1, minDurationMs: 60, maxDurationMs: 60, streams: { count: 0, active: 0 } })
    expect(Math.abs((timeToFirstByteP50Ms as number) - 10)).toBeLessThanOrEqual(0.1) // a percentile: within 1 %
  })

  it('counts the bytes that the client got, also of requests sent at once on one connection', async () => {
    const app = await world.app()
    const kept = 'GET /items/7 HTTP/1.1\r\nHost: test\r\n\r\n'
    const last = 'GET /items/7 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n'
    const received = await raw(app.url, kept + kept + last)
    await app.settled()
    const { count, responseBytesAverage } = app.http('GET /items/:id')
    expect(count).toBe(3)
    expect((responseBytesAverage as number) * 3).toBeCloseTo(received.length, 6)
  })
}
