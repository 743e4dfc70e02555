// Responses that stay open on purpose: counted by lifetime, never in percentiles.
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { open } from './client.js'
import type { World } from './world.js'

const MINUTE_MS = 60_000

export function streamCases(world: World): void {
  it('server-sent events arrive as they are sent, and move no percentile', async () => {
    const app = await world.app()
    const response = await open(app.url, { method: 'GET', path: '/events' })
    const [first] = await once(response.setEncoding('utf8'), 'data')
    expect(first).toBe('data: 1\n\n')
    expect(app.http('GET /events')).toMatchObject({ active: 1, count: 0, streams: { active: 1, count: 0 } })
    for (let n = 0; n < 10; n++) await send(`GET /items/${n}`)
    world.hooks.advance(MINUTE_MS)
    await world.hooks.waiting(1)
    world.hooks.release()
    const [second] = await once(response, 'data')
    expect(second).toBe('data: 2\n\n')
    response.destroy()
    await app.settled()

    expect(app.http('GET /events')).toMatchObject({
      ...{ count: 0, failedCount: 0, abortedCount: 0, active: 0, maxDurationMs: null, p99Ms: null },
      streams: { count: 1, active: 0, averageLifetimeMs: MINUTE_MS + 50 },
    })
    const { http, handler } = app.monitor.getSnapshot().componentMetrics
    expect(http).toMatchObject({ totalOperations: 10, maxDurationMs: 5 })
    expect(handler?.maxDurationMs ?? 5).toBe(5)

    // settled() would wait for the stream too
    async function send(request: string) {
      const before = app.http('GET /events').active + 0
      const [method = '', path = ''] = request.split(' ')
      const answer = await open(app.url, { method, path })
      answer.resume()
      await once(answer, 'end')
      while (app.monitor.tracker.activeRequests > before) await new Promise(setImmediate)
    }
  })

  it('a long poll that says so moves no percentile either', async () => {
    const app = await world.app({ longLived: '/waits/*' })
    const answer = app.send('GET /waits/7')
    await world.hooks.waiting(1)
    world.hooks.advance(MINUTE_MS)
    world.hooks.release()
    expect((await answer).body).toBe('waited')
    expect(app.http('GET /waits/:id')).toMatchObject({
      ...{ count: 0, active: 0, p99Ms: null },
      streams: { count: 1, active: 0, averageLifetimeMs: MINUTE_MS },
    })
  })
}
