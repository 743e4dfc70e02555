import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FetchInstrument } from '../../src/instruments/fetch.js'
import { type Measured, measured } from './measured.js'

let all: Measured
let instrument: FetchInstrument
let server: http.Server
let host: string
let held: http.ServerResponse[]

beforeEach(async () => {
  all = measured()
  instrument = new FetchInstrument(all)
  instrument.start()
  held = []
  server = http
    .createServer((request, response) => {
      const what = (request.url ?? '').split('?')[0]?.split('/')[1]
      if (what === 'destroy') return void request.socket.destroy()
      if (what === 'redirect') return void response.writeHead(302, { location: '/200' }).end()
      if (what === 'hold') return void held.push(response)
      if (what === 'half' || what === 'events') {
        response.writeHead(200, what === 'events' ? { 'content-type': 'text/event-stream; charset=utf-8' } : {})
        response.write('half')
        return void held.push(response)
      }
      response.statusCode = Number(what) || 200
      response.end('x'.repeat(100))
    })
    .listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  instrument.stop()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  expect(all.guard.faults).toEqual([])
})

const get = (path: string, init?: RequestInit) => fetch(`http://${host}${path}`, init)
const only = () => all.tree()[`http-client GET ${host}`]
const active = () => all.tracker.operation('http-client', `GET ${host}`).active

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate)
}

describe('fetch', () => {
  it('is a child of where it was called, named by method and host alone', async () => {
    await all.inJob('checkout', async () => {
      await (await get('/200/users/7?token=secret')).text()
      await (await get('/200', { method: 'POST', body: 'secret' })).text()
      await (await get('/redirect')).text()
    })
    expect(all.tree()['job checkout']?.children).toEqual({
      [`http-client GET ${host}`]: 3, // a redirect is two requests
      [`http-client POST ${host}`]: 1,
    })
    expect(Object.keys(all.tree()).join()).not.toMatch(/secret|users/)
  })

  it('fails without an answer, with a broken one, and with 5xx; 4xx is an answer', async () => {
    for (const status of [200, 404, 429, 500, 503]) await (await get(`/${status}`)).text()
    expect(only()).toMatchObject({ success: 3, failure: 2 })
    await expect(get('/destroy')).rejects.toThrow('fetch failed')
    expect(only()).toMatchObject({ success: 3, failure: 3 })
    const broken = await get('/half')
    held[0]?.destroy()
    await expect(broken.text()).rejects.toThrow()
    expect(only()).toMatchObject({ success: 3, failure: 4 })
  })

  it('that takes too long, or is aborted before its answer, fails; one that the app stopped reading does not', async () => {
    const controller = new AbortController()
    const aborted = get('/hold', { signal: controller.signal })
    await until(() => held.length > 0)
    controller.abort()
    await expect(aborted).rejects.toThrow()
    await until(() => active() === 0)
    expect(only()).toMatchObject({ success: 0, failure: 1 })
    await expect(get('/hold', { signal: AbortSignal.timeout(5) })).rejects.toThrow()
    await until(() => active() === 0)
    expect(only()).toMatchObject({ success: 0, failure: 2 })
    await (await get('/half')).body?.cancel()
    await until(() => active() === 0)
    expect(only()).toMatchObject({ success: 1, failure: 2 })
  })

  it('lasts until the body was read', async () => {
    const response = await get('/half')
    expect([active(), only()]).toEqual([1, undefined])
    held[0]?.end()
    await response.text()
    expect(active()).toBe(0)
    expect(only()).toMatchObject({ success: 1 })
  })

  it('ends with the head of the answer when that is a stream of events', async () => {
    const response = await get('/events')
    expect(only()).toMatchObject({ success: 1, failure: 0 })
    await response.body?.cancel()
  })

  it('is not counted a second time within a run of the same name', async () => {
    const span = all.tracker.begin(all.tracker.operation('http-client', `GET ${host}`))
    await span.run(async () => (await get('/500')).text())
    span.end()
    expect(only()).toEqual({ success: 1, failure: 0, children: {} })
  })

  it('has names bounded by its own limit, and takes what undici publishes of any kind', () => {
    const create = channel('undici:request:create')
    for (let n = 0; n < 3000; n++) create.publish({ request: { origin: `https://hook-${n}.example`, method: 'GET' } })
    expect(all.tracker.operationCount).toBe(1001)
    create.publish({ request: { origin: new URL('https://api.local:443/'), method: 'post' } })
    create.publish({ request: { origin: 'https://api.local:8443', method: 'HACK' } })
    create.publish({ request: {} })
    const names = all.tracker.operations.map(({ operation }) => operation)
    expect(names).toContain('GET (other)')
    expect(names).toContain('POST api.local')
    expect(names).toContain('_OTHER api.local:8443')
  })

  it('is forgotten with a request that never ends', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const request = new WeakRef({ origin: `http://${host}`, method: 'GET' })
    channel('undici:request:create').publish({ request: request.deref() })
    expect(active()).toBe(1)
    await new Promise(setImmediate) // a WeakRef holds until the turn ends
    collect()
    expect(request.deref()).toBeUndefined()
  })

  it('leaves nothing behind after stop', async () => {
    instrument.stop()
    await (await get('/200')).text()
    expect(all.tree()).toEqual({})
    for (const event of ['create', 'headers', 'trailers', 'error']) {
      expect(channel(`undici:request:${event}`).hasSubscribers).toBe(false)
    }
  })
})
