import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PerfHttp } from '../../src/http/handler.js'
import { nodeRequest, PerfEndpoint } from '../../src/http/node.js'
import type { ResolvedConfig } from '../../src/types/config.js'
import { FakeSource } from './fake-source.js'
import { rawClient, serve } from './real-server.js'

async function setUp(overrides: Partial<ResolvedConfig> = {}, before?: (req: object) => Promise<void> | void) {
  const source = new FakeSource(overrides)
  const http = new PerfHttp(source)
  const endpoint = new PerfEndpoint(http, '/perf')
  const host = await serve(async (req, res) => {
    await before?.(req)
    const below = endpoint.match(req.url ?? '/')
    if (below === null) res.end('the app')
    else endpoint.serve(req, res, { below, basePath: '/perf' })
  })
  return { source, http, ...host }
}

const SILENCE = JSON.stringify({ matcher: { rule: 'r' }, durationMs: 1000 })
const JSON_TYPE = { 'content-type': 'application/json' }

describe('which URLs are ours', () => {
  const endpoint = new PerfEndpoint(new PerfHttp(new FakeSource()), '/perf')
  it.each([
    ['/perf', '/'],
    ['/perf/', '/'],
    ['/perf?x=1', '/?x=1'],
    ['/perf/?x=1', '/?x=1'],
    ['/perf#top', '/#top'],
    ['/perf/snapshot', '/snapshot'],
    ['/perf/snapshot?windowMs=1', '/snapshot?windowMs=1'],
    ['/perf//snapshot', '//snapshot'],
    ['/perf/%00', '/%00'],
    ['http://localhost:3000/perf/snapshot?x=1', '/snapshot?x=1'],
    ['HTTPS://localhost/perf', '/'],
    ['/', null],
    ['', null],
    ['*', null],
    ['localhost:443', null],
    ['/performance', null],
    ['/perf-old', null],
    ['/perf.html', null],
    ['/perf%2fsnapshot', null],
    ['/PERF', null],
    ['/api/perf', null],
    ['//perf/snapshot', null],
    ['//localhost/perf', null],
    ['/\\perf', null],
    ['/?u=/perf', null],
    ['http://perf/', null],
    ['http:///perf', '/'],
    ['javascript:/perf', null],
  ])('%s → %s', (url, below) => {
    expect(endpoint.match(url)).toBe(below)
  })

  it('mounted at the root all are', () => {
    const root = new PerfEndpoint(new PerfHttp(new FakeSource()), '/')
    expect([root.match('/'), root.match('/metrics'), root.match('http://h'), root.match('*')]).toEqual([
      '/',
      '/metrics',
      '/',
      null,
    ])
  })
})

it.each([
  ['/perf', '/perf'],
  ['/perf/', '/perf'],
  ['/', ''],
  ['', ''],
  ['//evil.example/perf', '/evil.example/perf'],
  ['/\\evil.example/perf', '/evil.example/perf'],
])('a base %s becomes %s, so that no link of ours leaves the site', (basePath, expected) => {
  const req = { headers: {}, socket: {} } as never
  expect(nodeRequest(req, { path: '/', search: '', basePath }).basePath).toBe(expected)
})

describe('a real server', () => {
  it('answers, and leaves the app its own paths', async () => {
    const { ask } = await setUp()
    const answer = await ask('/perf/history?from=0')
    expect([answer.status, answer.text]).toEqual([200, '{"history":{"from":0}}'])
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
    })
    expect((await ask('/performance')).text).toBe('the app')
  })

  it('gives strings their length, in bytes', async () => {
    const { source, ask } = await setUp()
    source.page = async () => 'naïve ☃'
    const get = await ask('/perf')
    const head = await ask('/perf', { method: 'HEAD' })
    expect([get.headers['content-length'], get.text]).toEqual(['10', 'naïve ☃'])
    expect([head.headers['content-length'], head.text]).toEqual(['10', ''])
  })

  it.each(['/perf/%00', '/perf/..%2f..%2fetc', '/perf/%zz', `/perf/${'x'.repeat(9000)}`, '/perf/?%zz=%ff'])(
    'survives %s',
    async (path) => {
      const { source, ask } = await setUp()
      expect((await ask(path)).status).toBeLessThan(500)
      expect(source.guard.total).toBe(0)
    },
  )

  it('keeps cookies that the app has set before', async () => {
    const source = new FakeSource({ auth: { token: 't' } })
    const endpoint = new PerfEndpoint(new PerfHttp(source), '/perf')
    const { ask } = await serve((req, res) => {
      res.setHeader('Set-Cookie', 'app=1')
      endpoint.serve(req, res, { below: '/session', basePath: '/perf' })
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await ask('/perf/session', { method: 'POST', headers, body: 'token=t' })
    expect(answer.headers['set-cookie']).toEqual(['app=1', expect.stringContaining('perf_session=')])
  })

  it('is silent when something else has answered already', async () => {
    const source = new FakeSource()
    const endpoint = new PerfEndpoint(new PerfHttp(source), '/perf')
    const { ask } = await serve((req, res) => {
      res.end('first')
      endpoint.serve(req, res, { below: '/', basePath: '/perf' })
    })
    expect((await ask('/perf')).text).toBe('first')
    expect(source.guard.total).toBe(0)
  })

  it('breaks off a request that cannot even be translated, so that it does not hang', async () => {
    const source = new FakeSource()
    const endpoint = new PerfEndpoint(new PerfHttp(source), '/perf')
    const { ask } = await serve((req, res) => {
      Object.defineProperty(req, 'headers', {
        get: () => {
          throw new Error('no headers')
        },
      })
      endpoint.serve(req, res, { below: '/', basePath: '/perf' })
    })
    await expect(ask('/perf')).rejects.toThrow()
    expect(source.guard.faults).toMatchObject([{ part: 'http', lastError: 'no headers' }])
  })

  it('shows the peer, and not what headers claim', async () => {
    const { ask } = await setUp()
    expect((await ask('/perf/health')).status).toBe(200)
    expect((await ask('/perf/health', { headers: { 'x-forwarded-for': '127.0.0.1' } })).status).toBe(403)
    expect((await ask('/perf/health', { headers: { host: 'evil.example' } })).status).toBe(403)
  })

  it('gives an auth function the request itself', async () => {
    const seen = vi.fn(async () => true)
    const { ask } = await setUp({ auth: seen })
    expect((await ask('/perf/health?a=1')).status).toBe(200)
    expect(seen).toHaveBeenCalledWith(expect.objectContaining({ url: '/perf/health?a=1', method: 'GET' }))
  })
})

describe('bodies', () => {
  it('are read', async () => {
    const { ask } = await setUp()
    const answer = await ask('/perf/alerts/silences', { method: 'POST', headers: JSON_TYPE, body: SILENCE })
    expect(answer.status).toBe(201)
  })

  it.each([
    ['announced', { 'content-length': '1001' }],
    ['found out on the way', { 'transfer-encoding': 'chunked' }],
  ])('beyond the limit, %s, get 413 and the connection goes on', async (_, headers) => {
    const { ask, source } = await setUp()
    const answer = await ask('/perf/alerts/silences', {
      method: 'POST',
      headers: { ...JSON_TYPE, ...(headers as object) },
      body: 'x'.repeat(1001),
    })
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([413, 'payload-too-large'])
    expect(source.guard.total).toBe(0)
  })

  it('of exactly the limit are taken', async () => {
    const { ask } = await setUp({ limits: { ...new FakeSource().config.limits, maxBodyBytes: SILENCE.length } })
    expect((await ask('/perf/alerts/silences', { method: 'POST', headers: JSON_TYPE, body: SILENCE })).status).toBe(201)
  })

  it('that break off cost nothing', async () => {
    const { port, source, http } = await setUp()
    const handled = vi.spyOn(http, 'handle')
    const client = await rawClient(
      port,
      'POST /perf/alerts/silences HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    await vi.waitFor(() => expect(handled).toHaveBeenCalled())
    client.socket.destroy()
    expect(await handled.mock.results[0]?.value).toMatchObject({ status: 400 })
    expect(source.guard.total).toBe(0)
  })

  it.each([
    ['JSON', JSON_TYPE, JSON.parse(SILENCE)],
    ['text', JSON_TYPE, SILENCE],
    ['bytes', JSON_TYPE, Buffer.from(SILENCE)],
  ])('that a parser has read before, as %s, are taken from it', async (_, headers, body) => {
    const { ask } = await setUp({}, (req) => consumed(req, body))
    expect((await ask('/perf/alerts/silences', { method: 'POST', headers, body: SILENCE })).status).toBe(201)
  })

  it('of a form that a parser has read are taken from it', async () => {
    const { ask } = await setUp({ auth: { token: 'a b&c' } }, (req) => consumed(req, { token: 'a b&c' }))
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask('/perf/session', { method: 'POST', headers, body: 'token=a+b%26c' })).status).toBe(303)
  })

  it('that were read and thrown away are a 400 that says so', async () => {
    const { ask } = await setUp({}, (req) => consumed(req, undefined))
    const answer = await ask('/perf/alerts/silences', { method: 'POST', headers: JSON_TYPE, body: SILENCE })
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('req.body')])
  })

  it('that a parser has looked at and left alone (body-parser 1 sets `{}`) are read', async () => {
    const { ask } = await setUp({}, (req) => void Object.assign(req, { body: {} }))
    expect((await ask('/perf/alerts/silences', { method: 'POST', headers: JSON_TYPE, body: SILENCE })).status).toBe(201)
  })

  it('that a parser took and that are too long get 413', async () => {
    const { ask } = await setUp({}, (req) => consumed(req, { comment: 'x'.repeat(1000) }))
    expect((await ask('/perf/alerts/silences', { method: 'POST', headers: JSON_TYPE, body: SILENCE })).status).toBe(413)
  })
})

it('works over HTTP/2', async () => {
  const source = new FakeSource()
  const endpoint = new PerfEndpoint(new PerfHttp(source), '/perf')
  const server = createHttp2Server((req, res) => {
    const below = endpoint.match(req.url) ?? '/nothing'
    endpoint.serve(req as never, res as never, { below, basePath: '/perf' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = http2Connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  const ask = (headers: Record<string, string>, body = '') =>
    new Promise<{ status: unknown; text: string }>((resolve, reject) => {
      const stream = client.request(headers, { endStream: body === '' })
      let status: unknown
      let text = ''
      stream.on('response', (received) => {
        status = received[':status']
      })
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => resolve({ status, text }))
      stream.on('error', reject)
      if (body !== '') stream.end(body)
    })
  expect(await ask({ ':path': '/perf/history?from=0' })).toEqual({ status: 200, text: '{"history":{"from":0}}' })
  expect((await ask({ ':path': '/perf', ':method': 'HEAD' })).status).toBe(200)
  expect((await ask({ ':path': '/perf/health', ':authority': 'evil.example' })).status).toBe(403)
  const post = { ':path': '/perf/alerts/silences', ':method': 'POST', ...JSON_TYPE }
  expect((await ask(post, SILENCE)).status).toBe(201)
  const stream = client.request({ ':path': '/perf/stream' })
  await new Promise<void>((resolve) => stream.once('data', () => resolve()))
  expect(source.sampleListeners.size).toBe(1)
  stream.close()
  await vi.waitFor(() => expect(source.sampleListeners.size).toBe(0))
  expect(source.guard.total).toBe(0)
})

async function consumed(req: object, body: unknown): Promise<void> {
  for await (const _ of req as AsyncIterable<unknown>);
  Object.assign(req, { body })
}
