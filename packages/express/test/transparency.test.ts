// The same app with and without perfMonitor(): the same bytes on the wire, the same order of what its code does.
import { createReadStream } from 'node:fs'
import type { Express as App, ErrorRequestHandler } from 'express'
import { afterAll, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { describeEachExpress, type ExpressVersion } from './kit/express-versions.js'
import { quietMonitor, serve } from './kit/server.js'

type Log = (event: string) => void

function buildApp({ express, major }: ExpressVersion, app: App, log: Log): void {
  const later = (run: () => void) => void setImmediate(run)
  app.use(express.json({ limit: 100 }))
  app.use(function named(this: unknown, ...args) {
    const [req, res, next] = args
    log(`named ${this === undefined} ${args.length} ${next.length} ${res.locals === req.res?.locals}`)
    log(`next of the request ${next === req.next}`)
    res.on('finish', () => log('finish'))
    const returned = next()
    log(`after next ${returned}`)
    return 'ignored'
  })
  app.get(
    '/sync',
    (req, res) => void res.json({ url: req.url, base: req.baseUrl, params: req.params, route: req.route.path }),
  )
  app.get('/throws', () => {
    throw Object.assign(new Error('thrown'), { status: 418 })
  })
  app.get('/next-error', (_req, _res, next) => later(() => next(new Error('given'))))
  app.use('/request-next', (req) => later(() => req.next?.(new Error('by the request'))))
  app.get('/falsy', (_req, _res, next) => next(0 as never))
  app.get('/twice', (_req, _res, next) => {
    next()
    next()
  })
  app.get('/twice', (_req, res) => {
    log('twice')
    if (!res.headersSent) res.end('twice')
  })
  app.get('/answers-then-throws', (_req, res) => {
    res.end('answered')
    throw new Error('late')
  })
  app.get('/error-after-headers', (_req, res, next) => {
    res.write('part')
    later(() => next(new Error('after headers')))
  })
  app.get(
    '/skip',
    (_req, _res, next) => next('route'),
    () => log('never'),
  )
  app.get('/skip', (_req, res) => void res.send('second route'))
  app.get('/chunks', (_req, res) => {
    res.write('one')
    later(() => res.end('two'))
  })
  app.get('/file', (_req, res) => res.sendFile(import.meta.filename))
  app.get('/no-file', (_req, res) => res.sendFile('/no/such/file'))
  app.get('/stream', (_req, res) => void createReadStream(import.meta.filename).pipe(res))
  app.get('/redirect', (_req, res) => res.redirect('/sync'))
  app.get('/format', (_req, res) => void res.format({ 'text/csv': () => res.send('csv') }))
  app.get('/early-hints', (_req, res) => {
    res.writeContinue()
    res.status(201).end()
  })
  app.post('/echo', (req, res) => void res.json(req.body))
  if (major === 5) {
    app.get('/async', async (_req, res) => void res.send('async'))
    app.get('/rejects', () => Promise.reject(new Error('rejected')))
    app.get('/rejects-empty', () => Promise.reject())
    app.get('/answers-then-rejects', async (_req, res) => {
      res.send('answered')
      await null
      throw new Error('late')
    })
  }
  const router = express.Router()
  router.use((req, _res, next) => {
    log(`router ${req.baseUrl} ${req.url} ${next === req.next}`)
    next()
  })
  router.get('/leave', (_req, _res, next) => next('router'))
  router.get('/:id', (req, res) => void res.json({ ...req.params, url: req.url, base: req.baseUrl }))
  app.use('/r/:kind', router)
  const sub = express()
  sub.get('/locals', (req, res) => {
    res.locals.mine = 1
    res.json({
      locals: Object.keys(res.locals),
      own: Object.getOwnPropertyDescriptor(res, 'locals'),
      app: req.app === sub,
    })
  })
  sub.get('/pass', (_req, _res, next) => next())
  app.use('/sub', sub)
  app.use('/sub', (req, res, next) => (req.app === app ? res.send('parent again') : next()))
  const onError: ErrorRequestHandler = (error, req, res, next) => {
    log(`error ${error.message} ${next.length} ${next === req.next} ${req.route?.path}`)
    if (res.headersSent) next(error)
    else res.status(error.status ?? 500).send(`handled ${error.message}`)
  }
  app.use('/next-error', onError)
  app.use((req, res, next) => {
    log(`before the 404 ${next === req.next}`)
    res.append('X-Late', 'yes')
    next()
  })
  app.use(onError)
}

const BODY = '{"a":1}'
const post = (body: string, length = body.length) =>
  `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`
const get = (path: string, extra = 'Connection: close\r\n', method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${extra}\r\n`

const REQUESTS: Record<string, string> = {
  ...Object.fromEntries(
    [
      ...[
        '/sync?a=1',
        '/throws',
        '/next-error',
        '/request-next',
        '/falsy',
        '/twice',
        '/answers-then-throws',
        '/error-after-headers',
        '/skip',
      ],
      ...[
        '/chunks',
        '/file',
        '/no-file',
        '/stream',
        '/redirect',
        '/early-hints',
        '/async',
        '/rejects',
        '/rejects-empty',
      ],
      ...['/answers-then-rejects', '/r/a%2Fb/c?x', '/r/x/leave', '/sub/locals', '/sub/pass', '/none', '/%zz', '//sync'],
    ].map((path) => [path, get(path)]),
  ),
  HEAD: get('/sync', undefined, 'HEAD'),
  'HEAD of a file': get('/file', undefined, 'HEAD'),
  'OPTIONS, automatic': get('/sync', undefined, 'OPTIONS'),
  'OPTIONS of everything': get('*', undefined, 'OPTIONS'),
  'an absolute URL': get('http://x/r/1/2'),
  'not acceptable': get('/format', 'Accept: text/html\r\nConnection: close\r\n'),
  'a range': get('/file', 'Range: bytes=0-9\r\nConnection: close\r\n'),
  'HTTP/1.0': 'GET /chunks HTTP/1.0\r\n\r\n',
  'pipelined requests': get('/sync', '') + get('/chunks', '') + get('/r/1/2', '') + get('/none'),
  'a body': post(BODY),
  'a bad body': post('{'),
  'a body too large': post(JSON.stringify('x'.repeat(200))),
  'expect 100-continue': post(BODY).replace('Connection', 'Expect: 100-continue\r\nConnection'),
  'a malformed request': 'GET / HTTP/1.1\r\nbad header\r\n\r\n',
}

describeEachExpress((version) => {
  const monitor = quietMonitor()
  afterAll(() => monitor.stop())

  async function runAll(monitored: boolean): Promise<Record<string, { wire: string; events: string[] }>> {
    const app = version.express()
    app.set('env', 'production')
    let events: string[] = []
    if (monitored) app.use(perfMonitor(monitor))
    buildApp(version, app, (event) => events.push(event))
    const restore = silenceErrors()
    const server = await serve(app)
    const results: Record<string, { wire: string; events: string[] }> = {}
    for (const [name, bytes] of Object.entries(REQUESTS)) {
      events = []
      // twice: the first request through a layer is the one that discovers it
      const wire = (await server.raw(bytes)) + (await server.raw(bytes))
      results[name] = { wire: wire.replace(/^(Date|Last-Modified): .*$/gm, '$1'), events }
    }
    await server.close()
    restore()
    return results
  }

  it('sends the same bytes and runs the same code in the same order', async () => {
    const bare = await runAll(false)
    const monitored = await runAll(true)
    expect(monitored).toEqual(bare)
    expect(bare['/sync?a=1']?.wire).toContain('"route":"/sync"')
    expect(bare['/sub/locals']?.wire).toContain('"app":true')
    expect(bare['/throws']?.events.join()).toContain('error thrown 1 true /throws')
  })
})

/** Express prints what its default error handler got. */
function silenceErrors(): () => void {
  const original = console.error
  console.error = () => {}
  return () => {
    console.error = original
  }
}
