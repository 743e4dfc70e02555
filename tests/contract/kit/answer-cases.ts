// What an answer counts as: success, failure or aborted.
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { connection, open } from './client.js'
import type { World } from './world.js'

export function answerCases(world: World): void {
  it('counts every status, and as failures those from 500', async () => {
    const app = await world.app()
    const codes = [200, 201, 204, 301, 302, 304, 400, 401, 404, 409, 418, 429, 500, 501, 503]
    for (const code of codes) expect((await app.send(`GET /status/${code}`)).status).toBe(code)
    expect(app.http('GET /status/:code')).toMatchObject({
      count: 15,
      successfulCount: 12,
      failedCount: 3,
      abortedCount: 0,
      errorRatePercent: 20,
      active: 0,
      statusCodes: Object.fromEntries(codes.map((code) => [code, 1])),
      minDurationMs: 3,
      maxDurationMs: 3,
    })
  })

  it.each(['GET /throws', 'GET /rejects'])('%s is one failure', async (operation) => {
    const app = await world.app()
    expect((await app.send(operation)).status).toBe(500)
    expect(app.counts()).toEqual({ [operation]: 1 })
    expect(app.http(operation)).toMatchObject({ failedCount: 1, successfulCount: 0, statusCodes: { 500: 1 } })
    const { handlerOf } = world.options
    if (handlerOf === null) return
    expect(app.operations('handler')[handlerOf(operation)]).toMatchObject({ count: 1, failedCount: 1, active: 0 })
  })

  it('an error of the client that a handler throws is no failure of the route', async () => {
    const app = await world.app()
    expect((await app.send('GET /missing/7')).status).toBe(404)
    expect(app.http('GET /missing/:id')).toMatchObject({ successfulCount: 1, failedCount: 0 })
  })

  it('an error after the headers is a failure with the status that was sent', async () => {
    const app = await world.app()
    const response = await open(app.url, { method: 'GET', path: '/breaks' })
    const [first] = await once(response.setEncoding('utf8'), 'data')
    expect(first).toBe('one')
    await world.hooks.waiting(1)
    world.hooks.release()
    await expect(once(response, 'end')).rejects.toThrow('aborted')
    await app.settled()
    expect(app.http('GET /breaks')).toMatchObject({
      count: 1,
      failedCount: 1,
      abortedCount: 0,
      statusCodes: { 200: 1 },
    })
  })

  it('a body is read and answered as ever', async () => {
    const app = await world.app()
    const body = JSON.stringify({ name: 'x'.repeat(20_000), list: [1, 2, 3] })
    const answer = await app.send('POST /items', { body, headers: { 'content-type': 'application/json' } })
    expect(answer.status).toBe(201)
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(body))
    expect(app.http('POST /items')).toMatchObject({ count: 1, statusCodes: { 201: 1 } })
  })

  it('a malformed body is the 400 that the framework makes of it', async () => {
    const app = await world.app()
    const answer = await app.send('POST /items', { body: '{"a":', headers: { 'content-type': 'application/json' } })
    expect(answer.status).toBe(400)
    const name = world.nameOf('POST /items, malformed body') as string
    expect(app.counts()).toEqual({ [name]: 1 })
    expect(app.http(name)).toMatchObject({ failedCount: 0, statusCodes: { 400: 1 } })
  })

  it('a client that leaves before the answer is neither success nor failure', async () => {
    const app = await world.app()
    const socket = await connection(app.url, 'GET /waits/7 HTTP/1.1\r\nHost: test\r\n\r\n')
    await world.hooks.waiting(1)
    expect(app.http('GET /waits/:id')).toMatchObject({ active: 1, count: 0 })
    world.hooks.advance(40)
    socket.destroy()
    await app.settled()
    world.hooks.release()
    expect(app.http('GET /waits/:id')).toMatchObject({
      count: 1,
      abortedCount: 1,
      failedCount: 0,
      successfulCount: 0,
      errorRatePercent: null,
      active: 0,
      statusCodes: { 499: 1 },
    })
  })

  it('a client that leaves in the middle of the answer is aborted', async () => {
    const app = await world.app()
    const response = await open(app.url, { method: 'GET', path: '/stream' })
    await once(response, 'data')
    response.destroy()
    await app.settled()
    expect(app.http('GET /stream')).toMatchObject({ count: 1, abortedCount: 1, failedCount: 0, active: 0 })
  })

  it('a client that leaves while it sends its body is aborted', async () => {
    const app = await world.app()
    const head = 'POST /items HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
    const socket = await connection(app.url, `${head}{"a":`)
    while (app.monitor.tracker.activeRequests === 0) await new Promise(setImmediate)
    socket.resetAndDestroy()
    await app.settled()
    const name = world.nameOf('POST /items, client left') as string
    expect(app.counts()).toEqual({ [name]: 1 })
    expect(app.http(name).statusCodes).toEqual({ 499: 1 })
    expect(app.http(name)).toMatchObject({ abortedCount: 1, failedCount: 0, active: 0 })
  })
}
