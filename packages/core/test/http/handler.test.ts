import { describe, expect, it } from 'vitest'
import { PerfHttpError, PerfMonitorError } from '../../src/errors.js'
import { PerfHttp } from '../../src/http/handler.js'
import type { PerfSource } from '../../src/http/source.js'
import { aRequest, FakeSource, type RequestInput, textOf } from './fake-source.js'

function setUp() {
  const source = new FakeSource()
  const http = new PerfHttp(source)
  return { source, http, send: (input: RequestInput) => http.handle(aRequest(input)) }
}

describe('a source that fails', () => {
  it.each<[keyof PerfSource, string]>([
    ['page', '/'],
    ['snapshot', '/snapshot'],
    ['report', '/report'],
    ['history', '/history'],
    ['alerts', '/alerts'],
    ['metrics', '/metrics'],
    ['health', '/health'],
    ['health', '/stream'],
  ])('%s: %s is a 500 that gives nothing away, and a fault until it works again', async (method, url) => {
    const { source, send } = setUp()
    source.failures[method] = new Error('secret of the inside')
    for (const accept of ['text/html', '*/*']) {
      const response = await send({ url, headers: { accept } })
      expect(response.status).toBe(500)
      expect(JSON.parse(await textOf(response))).toEqual({
        error: { code: 'internal-error', message: expect.not.stringContaining('secret') },
      })
    }
    expect(source.guard.faults).toMatchObject([{ part: `GET ${url}`, faults: 2, lastError: 'secret of the inside' }])
    delete source.failures[method]
    await send({ url, method: 'HEAD' })
    expect(source.guard.faults).toEqual([])
  })

  it('in the first chunk is still a 500', async () => {
    const { source, send } = setUp()
    // biome-ignore lint/correctness/useYield: it fails before the first chunk
    source.chunks = function* () {
      throw new Error('no rows')
    }
    expect((await send({ url: '/history' })).status).toBe(500)
  })

  it.each([undefined, null, 'text', { status: 200 }])('that throws %s is contained', async (thrown) => {
    const { source, send } = setUp()
    source.failures.alerts = thrown
    expect((await send({ url: '/alerts' })).status).toBe(500)
  })

  it('may refuse an argument: 400 with its own words', async () => {
    const { source, send } = setUp()
    source.failures.history = new PerfMonitorError('PERF_ARGUMENT_INVALID', '`step` is too fine')
    const response = await send({ url: '/history' })
    expect(response.status).toBe(400)
    expect(JSON.parse(await textOf(response))).toEqual({
      error: { code: 'bad-request', message: '`step` is too fine' },
    })
    expect(source.guard.total).toBe(0)
  })

  it('may answer with any status of the table', async () => {
    const { source, send } = setUp()
    source.failures.silence = new PerfHttpError('too-many-requests', 'silences are full', { 'Retry-After': '9' })
    const body = JSON.stringify({ matcher: { rule: 'r' }, durationMs: 1 })
    const headers = { 'content-type': 'application/json' }
    const response = await send({ method: 'POST', url: '/alerts/silences', headers, body })
    expect([response.status, response.headers['Retry-After']]).toEqual([429, '9'])
  })
})

describe('HEAD', () => {
  it('has the length of what GET would send, and ends the chunks it does not', async () => {
    const { source, send } = setUp()
    let ended = 0
    source.chunks = function* () {
      try {
        yield 'a'
        yield 'b'
      } finally {
        ended++
      }
    }
    const page = await textOf(await send({ url: '/' }))
    expect((await send({ method: 'HEAD', url: '/' })).headers['Content-Length']).toBe(String(page.length))
    expect((await send({ method: 'HEAD', url: '/history' })).body).toBeNull()
    expect(ended).toBe(1)
  })

  it('of the stream takes no place in it', async () => {
    const { source, http, send } = setUp()
    await send({ method: 'HEAD', url: '/stream' })
    expect(http.streamClients.used).toBe(0)
    expect(source.sampleListeners.size).toBe(0)
  })
})

describe('pages', () => {
  it("have a policy whose nonce is the page's and new each time", async () => {
    const { send } = setUp()
    const nonces = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const response = await send({ url: '/' })
      const nonce = /nonce="([^"]+)"/.exec(await textOf(response))?.[1] ?? ''
      expect(Buffer.from(nonce, 'base64')).toHaveLength(16)
      expect(response.headers['Content-Security-Policy']).toBe(
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; ` +
          "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(3)
  })

  it('as reports too', async () => {
    const { send } = setUp()
    const response = await send({ url: '/report?format=html' })
    const { nonce } = JSON.parse(await textOf(response))
    expect(response.headers['Content-Security-Policy']).toContain(`script-src 'nonce-${nonce}'`)
  })
})

it.each([
  ['shop api/v2', 'shop-api-v2'],
  ['@acme/shop', 'acme-shop'],
  ['../../etc', 'etc'],
  ['"\r\nX: y', 'X-y'],
  ['☃', 'perf'],
])('a service named %s gives the file name %s', async (serviceName, expected) => {
  const http = new PerfHttp(new FakeSource({ serviceName }))
  const response = await http.handle(aRequest({ url: '/report?format=csv&download=1' }))
  expect(response.headers['Content-Disposition']).toBe(
    `attachment; filename="${expected}-report-2026-01-01T00-00-00Z.csv"`,
  )
})

it('a monitor that stands still says so: /health is 503, /stream a conflict', async () => {
  const { source, send } = setUp()
  source.running = false
  const health = await send({ url: '/health' })
  expect(health.status).toBe(503)
  expect(JSON.parse(await textOf(health))).toMatchObject({ running: false })
  expect((await send({ url: '/stream' })).status).toBe(409)
})
