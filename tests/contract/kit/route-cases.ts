// By which name a request is counted.
import { expect, it } from 'vitest'
import { turn } from './hooks.js'
import type { World } from './world.js'

export function routeCases(world: World): void {
  it.each([
    ['GET /plain', 'GET /plain', 200],
    ['GET /plain?query=1', 'GET /plain', 200],
    ['GET /items/7', 'GET /items/:id', 200],
    ['GET /items/%C3%A9%20x?a=b', 'GET /items/:id', 200],
    ['GET /tenants/1/users/2/orders/3', 'GET /tenants/:tenant/users/:user/orders/:order', 200],
    ['HEAD /items/7', 'HEAD /items/:id', 200],
    ['OPTIONS /items', 'OPTIONS /items', 204],
    ['GET /redirect', 'GET /redirect', 302],
    ['GET /missing/7', 'GET /missing/:id', 404],
    ['GET /nowhere', 'GET (unmatched)', 404],
    ['GET /items/7/nowhere', 'GET (unmatched)', 404],
    ['GET /tenants/1/users/2', 'GET (unmatched)', 404],
    ['POST /nowhere', 'POST (unmatched)', 404],
  ])('%s is %s', async (request, operation, status) => {
    const app = await world.app()
    const answer = await app.send(request)
    expect(answer.status).toBe(status)
    expect(app.counts()).toEqual({ [operation]: 1 })
    expect(app.http(operation).statusCodes).toEqual({ [status]: 1 })
  })

  it('a wildcard is one operation', async () => {
    const app = await world.app()
    for (const path of ['a', 'a/b', 'a/b/c.txt']) expect((await app.send(`GET /files/${path}`)).body).toBe('file')
    expect(app.counts()).toEqual({ [world.nameOf('GET /files/*') as string]: 3 })
  })

  it('a method that no route has is unmatched, however the framework answers', async () => {
    const app = await world.app()
    const { status } = await app.send('DELETE /plain')
    expect([404, 405]).toContain(status)
    expect(app.http('DELETE (unmatched)').statusCodes).toEqual({ [status]: 1 })
  })

  it('OPTIONS that the framework answers by itself, or does not, is unmatched', async () => {
    const app = await world.app()
    const { status } = await app.send('OPTIONS /plain')
    expect(app.http('OPTIONS (unmatched)').statusCodes).toEqual({ [status]: 1 })
    expect(Object.keys(app.operations('http'))).toHaveLength(1)
  })

  it('a request that its route rejects early is counted under the route', async () => {
    const app = await world.app()
    expect((await app.send('GET /guarded/7')).status).toBe(401)
    expect(await app.send('GET /guarded/7', { headers: { 'x-key': '1' } })).toMatchObject({ status: 200, body: 'ok' })
    expect(app.counts()).toEqual({ 'GET /guarded/:id': 2 })
    expect(app.http('GET /guarded/:id')).toMatchObject({ failedCount: 0, statusCodes: { 200: 1, 401: 1 } })
  })

  it('a request that the app rejects early is counted under what was known of it', async () => {
    const app = await world.app()
    expect((await app.send('GET /items/7', { headers: { 'x-reject': '1' } })).status).toBe(403)
    const name = world.nameOf('GET /items/:id, rejected by the app') as string
    expect(app.counts()).toEqual({ [name]: 1 })
    expect(app.http(name).statusCodes).toEqual({ 403: 1 })
  })

  it('a bad escape makes no name', async () => {
    const app = await world.app()
    const { status } = await app.send('GET /items/%zz')
    await turn()
    const name = world.nameOf('GET /items/:id, bad escape')
    expect(app.counts()).toEqual(name === null ? {} : { [name]: 1 })
    if (name !== null) expect(app.http(name).statusCodes).toEqual({ [status]: 1 })
  })

  it('names hold no value of a parameter, no query and no URL, whatever clients send', async () => {
    const app = await world.app()
    for (let n = 0; n < 20; n++) {
      await app.send(`GET /items/secret-${n}?token=${n}`)
      await app.send(`GET /nowhere/secret-${n}`)
      await app.send(`GET /tenants/secret-${n}/users/secret-${n}/orders/secret-${n}`)
    }
    const components = app.monitor.getSnapshot().componentMetrics
    expect(JSON.stringify(Object.values(components).map((c) => Object.keys(c.operationBreakdown)))).not.toMatch(
      /secret|token/,
    )
    expect(app.counts()).toEqual({
      'GET /items/:id': 20,
      'GET (unmatched)': 20,
      'GET /tenants/:tenant/users/:user/orders/:order': 20,
    })
  })

  it('what is ignored is not counted, and answered as ever', async () => {
    const app = await world.app({ ignore: ['/plain', '/tenants/*'] })
    expect((await app.send('GET /plain')).body).toBe('plain')
    await app.send('GET /tenants/1/users/2/orders/3')
    await app.send('GET /items/7')
    expect(app.counts()).toEqual({ 'GET /items/:id': 1 })
    expect(Object.keys(app.operations('handler')).join()).not.toMatch(/plain|tenants/)
  })
}
