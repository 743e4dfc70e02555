import { METHODS } from 'node:http'
import { afterAll, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { describeEachExpress } from './kit/express-versions.js'
import { lightRequest } from './kit/light.js'
import { countsOf, quietMonitor, serve } from './kit/server.js'

const CHARACTERS = 'abcXYZ0189-._~%2F%20/:*?&='

function randomGenerator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describeEachExpress((version) => {
  const monitors: ReturnType<typeof quietMonitor>[] = []
  const newMonitor = () => {
    const monitor = quietMonitor()
    monitors.push(monitor)
    return monitor
  }
  afterAll(() => Promise.all(monitors.map((monitor) => monitor.stop())))

  it('random URLs and methods add at most one operation per known method', async () => {
    const monitor = newMonitor()
    const app = version.express()
    app.set('env', 'test')
    app.use(perfMonitor(monitor))
    app.use(
      '/api/:version',
      version.express.Router().get('/known/:id', (_req, res) => void res.end()),
    )
    const random = randomGenerator(7)
    const methods = [...METHODS.filter((method) => method !== 'CONNECT'), 'MADE', 'UP', 'get', 'x'.repeat(50)]
    const count = version.name === 'Express 5.3' ? 50_000 : 2_000
    for (let i = 0; i < count; i++) {
      let path = i % 3 === 0 ? '/api/' : '/'
      for (let length = random(30); length > 0; length--) path += CHARACTERS[random(CHARACTERS.length)]
      await lightRequest(app, methods[random(methods.length)] as string, `${path}${i}`)
    }
    const operations = countsOf(monitor, 'http')
    expect([...operations.values()].reduce((sum, n) => sum + n)).toBe(count)
    const names = [...operations.keys()]
    const surplus = names.filter((name) => !/^(?:[A-Z-]+|_OTHER) \(unmatched\)$/.test(name))
    expect(surplus.filter((name) => !name.endsWith(' /api/:version/*'))).toEqual([])
    expect(names.length - surplus.length).toBeLessThanOrEqual(METHODS.length + 1)
    for (const component of ['http', 'handler']) expect(countsOf(monitor, component).size).toBeLessThan(100)
  })

  it('a mount by RegExp has one name', async () => {
    const monitor = newMonitor()
    const app = version.express()
    app.use(perfMonitor(monitor))
    app.use(
      /^\/v\d+/,
      version.express.Router().get('/x/:id', (_req, res) => void res.end()),
    )
    app.use(
      /^\/t\/([^/]+)/,
      version.express.Router().get('/y', (_req, res) => void res.end()),
    )
    for (let i = 0; i < 20; i++) {
      expect(await lightRequest(app, 'GET', `/v${i}/x/${i}`)).toBe(200)
      expect(await lightRequest(app, 'GET', `/t/tenant-${i}/y`)).toBe(200)
    }
    const names = [...countsOf(monitor, 'http')]
    expect(names.map(([, count]) => count)).toEqual([20, 20])
    expect(names.map(([name]) => name).join()).not.toMatch(/tenant-|v1/)
  })

  it('clients cannot add names by case, encoding or length', async () => {
    const monitor = newMonitor()
    const app = version.express()
    app.use(perfMonitor(monitor))
    app.use(
      ['/Some/:tenant/Mount', '/plain'],
      version.express.Router().get('/x', (_req, res) => void res.end()),
    )
    const random = randomGenerator(3)
    const swap = (text: string) => text.replace(/[a-z]/gi, (c) => (random(2) ? c.toUpperCase() : c.toLowerCase()))
    for (let i = 0; i < 200; i++) {
      expect(await lightRequest(app, 'GET', `${swap('/some/')}%2${random(10)}${i}${swap('/mount/x')}`)).toBe(200)
      expect(await lightRequest(app, 'GET', swap('/plain/x'))).toBe(200)
    }
    expect(await lightRequest(app, 'GET', `/some/${'long'.repeat(200)}/mount/x`)).toBe(200)
    const names = [...countsOf(monitor, 'http').keys()]
    expect(names.map((name) => name.toLowerCase()).sort()).toEqual(['get /plain/x', 'get /some/:tenant/mount/x'])
  })

  it('a router mounted in itself ends somewhere', async () => {
    const monitor = newMonitor()
    const app = version.express()
    const router = version.express.Router()
    router.get('/end', (_req, res) => void res.end())
    router.use('/a', router)
    router.use('/b', router)
    app.use(perfMonitor(monitor))
    app.use(router)
    for (let depth = 1; depth <= 100; depth += 9) {
      expect(await lightRequest(app, 'GET', `${'/a'.repeat(depth)}/end`)).toBe(200)
    }
    const names = [...countsOf(monitor, 'http').keys()]
    expect(names).toContain('GET /a/end')
    expect(names).toContain('GET (other)')
    expect(names.length).toBeLessThan(10)
  })

  it('1,000 routes, each by its name', async () => {
    const monitor = newMonitor()
    const app = version.express()
    app.use(perfMonitor(monitor))
    for (let i = 0; i < 1000; i++) app.get(`/route-${i}/:id`, (_req, res) => void res.end())
    for (let i = 0; i < 1000; i++) await lightRequest(app, 'GET', `/route-${i}/7`)
    const operations = countsOf(monitor, 'http')
    expect(operations.size).toBe(1000)
    for (let i = 0; i < 1000; i++) expect(operations.get(`GET /route-${i}/:id`)).toBe(1)
  })

  it('one router at two mounts, requests interleaved', async () => {
    const monitor = newMonitor()
    const router = version.express.Router()
    router.param('id', (_req, _res, next) => void setImmediate(next))
    router.get('/:id', (_req, res) => void setImmediate(() => res.end()))
    const app = version.express()
    app.use(perfMonitor(monitor))
    app.use('/left/:side', (_req, _res, next) => void setImmediate(next), router)
    app.use('/right', router)
    const server = await serve(app)
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => server.send('GET', i % 2 ? `/left/${i}/${i}` : `/right/${i}`)),
    )
    await server.close()
    expect(Object.fromEntries(countsOf(monitor, 'http'))).toEqual({ 'GET /left/:side/:id': 50, 'GET /right/:id': 50 })
  })
})
