// The monitor's own endpoints, wherever they are mounted.
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { open } from './client.js'
import type { World } from './world.js'

const JSON_TYPE = { 'content-type': 'application/json' }

export function endpointCases(world: World): void {
  it('/perf answers, and is not measured', async () => {
    const app = await world.app()
    await app.send('GET /plain')
    expect((await app.send('GET /perf/health')).status).toBe(200)
    const page = await app.send('GET /perf', { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    const snapshot = JSON.parse((await app.send('GET /perf/snapshot')).body)
    expect(snapshot.componentMetrics.http.operationBreakdown['GET /plain'].count).toBe(1)
    expect(app.counts()).toEqual({ 'GET /plain': 1 })
    expect((await app.send('GET /perfect')).status).toBe(404)
    expect(app.counts()).toEqual({ 'GET /plain': 1, 'GET (unmatched)': 1 })
  })

  it('HEAD, unknown paths and wrong methods are answered by /perf itself', async () => {
    const app = await world.app()
    const [get, head] = [await app.send('GET /perf/alerts'), await app.send('HEAD /perf/alerts')]
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers['content-type']).toBe(get.headers['content-type'])
    const wrong = await app.send('DELETE /perf/health')
    expect(wrong.status).toBe(405)
    expect(wrong.headers.allow).toMatch(/^GET, HEAD/)
    const unknown = await app.send('GET /perf/nowhere')
    expect([unknown.status, JSON.parse(unknown.body).error.code]).toEqual([404, 'not-found'])
    expect(app.counts()).toEqual({})
  })

  it('/perf reads its own bodies', async () => {
    const app = await world.app()
    const body = JSON.stringify({ matcher: { type: 'slow-response' }, durationMs: 60_000 })
    const answer = await app.send('POST /perf/alerts/silences', { body, headers: JSON_TYPE })
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([201, undefined])
    expect((await app.send('POST /perf/alerts/silences', { body: '{', headers: JSON_TYPE })).status).toBe(400)
  })

  it('stands below a prefix', async () => {
    const app = await world.app({ path: '/internal/perf' })
    expect((await app.send('GET /internal/perf/health')).status).toBe(200)
    expect((await app.send('GET /perf/health')).status).toBe(404)
    expect((await app.send('GET /internal/perfect')).status).toBe(404)
    expect(app.counts()).toEqual({ 'GET (unmatched)': 2 })
  })

  it('lets nobody in without the token', async () => {
    const app = await world.app({ auth: { token: 'a-token-of-some-length' } })
    const refused = await app.send('GET /perf/snapshot')
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toMatch(/^Bearer/)
    const headers = { authorization: 'Bearer a-token-of-some-length' }
    expect((await app.send('GET /perf/snapshot', { headers })).status).toBe(200)
    expect((await app.send('GET /plain')).body).toBe('plain')
  })

  it('asks the app, with its own request', async () => {
    const seen: (string | undefined)[] = []
    const app = await world.app({
      auth: (request) => {
        seen.push(request.headers['x-user'] as string | undefined)
        return request.headers['x-user'] === 'admin'
      },
    })
    expect((await app.send('GET /perf/health')).status).toBe(403)
    expect((await app.send('GET /perf/health', { headers: { 'x-user': 'admin' } })).status).toBe(200)
    expect(seen).toEqual([undefined, 'admin'])
  })

  it('streams samples', async () => {
    const app = await world.app()
    const response = await open(app.url, { method: 'GET', path: '/perf/stream' })
    expect(response.headers['content-type']).toMatch(/^text\/event-stream/)
    let text = ''
    response.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    while (!text.includes('event: sample')) {
      await app.monitor.sample()
      await new Promise(setImmediate)
    }
    response.destroy()
    await once(response, 'close')
    expect(app.counts()).toEqual({})
  })
}
