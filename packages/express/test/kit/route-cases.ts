// Routes: apps, requests to them, and the operation that each request is counted as.
import type { ErrorRequestHandler } from 'express'
import { fail, ok, onError, pass, type RouteCase } from './route-case.js'

export const ROUTE_CASES: RouteCase[] = [
  {
    name: 'routes of the app',
    build: ({ app, perf }) => {
      app.use(perf())
      app.get('/', ok)
      app.get('/orders/:id', ok)
      app.post('/orders/:id/items/:item', ok)
    },
    requests: [
      ['GET /', 'GET /'],
      ['GET /?q=1', 'GET /'],
      ['GET /orders/7', 'GET /orders/:id'],
      ['GET /orders/a%2Fb?x=/y', 'GET /orders/:id'],
      ['POST /orders/7/items/9', 'POST /orders/:id/items/:item'],
      ['GET /orders', 'GET (unmatched)', 404],
      ['DELETE /orders/7', 'DELETE (unmatched)', 404],
    ],
  },
  {
    name: 'router.param',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.param('id', (req, res, next, id) => {
        req.params.id = 'changed'
        if (id === 'gone') res.status(404).end('gone')
        else if (id === 'bad') next(new Error('bad'))
        else setImmediate(next)
      })
      router.get('/things/:id', ok)
      router.use('/sub/:id', express.Router().get('/:x', ok))
      app.use(perf())
      app.use('/api/:id', router)
      app.param('top', (_req, res) => {
        res.status(403).end()
      })
      app.get('/top/:top', ok)
      app.use(onError)
    },
    requests: [
      ['GET /api/1/things/2', 'GET /api/:id/things/:id'],
      ['GET /api/1/things/gone', 'GET /api/:id/things/:id', 404],
      ['GET /api/1/things/bad', 'GET /api/:id/things/:id', 500],
      ['GET /api/1/sub/2/3', 'GET /api/:id/sub/:id/:x'],
      ['GET /top/1', 'GET /top/:top', 403],
    ],
  },
  {
    name: 'RegExp and array paths',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.get(/^\/r(\d+)$/, ok)
      router.get(['/one', '/two/:id', /^\/three\/\d+$/i], ok)
      app.use(perf())
      app.use('/api', router)
      app.get(/fly$/, ok)
      app.use(['/m1', '/m2/:x'], express.Router().get('/:id', ok))
    },
    requests: [
      ['GET /api/two/2', 'GET /api/two/:id'],
      ['GET /api/one', 'GET /api/one'],
      ['GET /api/ONE/', 'GET /api/one'],
      ['GET /api/three/3', String.raw`GET /api/^\/three\/\d+$/i`],
      ['GET /api/r12', String.raw`GET /api/^\/r(\d+)$/`],
      ['GET /butterfly', 'GET /fly$/'],
      ['GET /m2/1/2', 'GET /m2/:x/:id'],
      ['GET /m1/2', 'GET /m1/:id'],
    ],
  },
  {
    name: 'optional and wildcard segments, Express 5',
    majors: [5],
    build: ({ app, express, perf }) => {
      app.use(perf())
      app.get('/opt{/:o}', ok)
      app.get('/files/*path', ok)
      app.use('/wild/*rest/end', express.Router().get('/:id', ok))
      app.all('/*any', ok)
    },
    requests: [
      ['GET /opt', 'GET /opt{/:o}'],
      ['GET /opt/1', 'GET /opt{/:o}'],
      ['GET /files/a/b/c', 'GET /files/*path'],
      ['GET /wild/a/b/end/7', 'GET /wild/*rest/end/:id'],
      ['GET /wild/a/end/7', 'GET /wild/*rest/end/:id'],
      ['PUT /whatever/1', 'PUT /*any'],
    ],
  },
  {
    name: 'optional, custom and wildcard segments, Express 4',
    majors: [4],
    build: ({ app, express, perf }) => {
      const router = express.Router().get('/x', ok)
      app.use(perf())
      app.get('/opt/:o?', ok)
      app.get('/n/:id(\\d+)', ok)
      app.use('/Mount/:o?', router)
      app.use('/num/:id(\\d+)/a.b', router)
      app.use('/w/*/end', router)
      app.get('*', ok)
    },
    requests: [
      ['GET /opt', 'GET /opt/:o?'],
      ['GET /n/7', 'GET /n/:id(\\d+)'],
      ['GET /mount/1/x', 'GET /Mount/:o?/x'],
      ['GET /num/12/a.b/x', 'GET /num/:id(\\d+)/a.b/x'],
      ['GET /w/1/2/end/x', 'GET /w/*/end/x'],
      ['GET /zzz', 'GET *'],
    ],
  },
  {
    name: 'app.all, app.route, next(route), next(router)',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.use('/guarded', (_req, _res, next) => next('router'))
      router.get('/guarded/:x', ok)
      app.use(perf())
      app.all('/all/:x', ok)
      app.route('/chain/:x').all(pass).get(pass, ok).post(ok)
      app.get('/skip/:first', (_req, _res, next) => next('route'), fail)
      app.get('/skip/:second', ok)
      app.use('/r', router)
      app.get('/r/guarded/:y', ok)
    },
    requests: [
      ['PATCH /all/1', 'PATCH /all/:x'],
      ['GET /chain/1', 'GET /chain/:x'],
      ['POST /chain/1', 'POST /chain/:x'],
      ['GET /skip/1', 'GET /skip/:second'],
      ['GET /r/guarded/1', 'GET /r/guarded/:y'],
    ],
  },
  {
    name: 'a handler that goes on to the 404, errors to the app and to the default handler',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.get('/fall/:a', pass)
      router.get('/fail/:a', fail)
      router.get('/recover/:a', fail)
      app.use(perf())
      app.use('/r/:b', router)
      app.get('/late/:a', (_req, _res, next) => {
        setImmediate(() => next(new Error('late')))
      })
      app.use(((error, req, res, next) => {
        if (req.originalUrl.includes('recover')) next()
        else if (req.originalUrl.includes('default')) next(error)
        else res.status(500).end()
      }) as ErrorRequestHandler)
    },
    requests: [
      ['GET /r/1/fall/2', 'GET (unmatched)', 404],
      ['GET /r/1/fail/2', 'GET /r/:b/fail/:a', 500],
      ['GET /r/1/fail/default', 'GET /r/:b/fail/:a', 500],
      ['GET /r/1/recover/2', 'GET (unmatched)', 404],
      ['GET /late/1', 'GET /late/:a', 500],
    ],
  },
  {
    name: 'a route that answers and goes on all the same',
    build: ({ app, perf }) => {
      app.use(perf())
      app.get('/answers/:x', (_req, res, next) => {
        res.end('ok')
        next()
      })
      app.get('/answers/:y', pass)
      app.get('/fails/:x', (_req, res) => {
        res.end('ok')
        throw new Error('late')
      })
      app.use('/flushed', (_req, res, next) => {
        res.flushHeaders()
        next()
      })
      app.get('/flushed/:x', ok)
    },
    requests: [
      ['GET /answers/1', 'GET /answers/:x'],
      ['GET /fails/1', 'GET /fails/:x'],
      ['GET /flushed/1', 'GET /flushed/:x'],
    ],
  },
  {
    name: 'HEAD, OPTIONS and unknown methods',
    build: ({ app, express, perf }) => {
      app.use(perf())
      app.get('/auto/:x', ok)
      app.head('/own/:x', ok)
      app.options('/own/:x', ok)
      app.use('/r', express.Router().get('/x', ok))
    },
    requests: [
      ['HEAD /auto/1', 'HEAD /auto/:x'],
      ['HEAD /own/1', 'HEAD /own/:x'],
      ['OPTIONS /own/1', 'OPTIONS /own/:x'],
      ['OPTIONS /auto/1', 'OPTIONS (unmatched)'],
      ['OPTIONS /r/x', 'OPTIONS /r/*'],
      ['PURGE /auto/1', 'PURGE (unmatched)', 404],
    ],
  },
  {
    name: 'case-sensitive and strict routing',
    build: ({ app, express, perf }) => {
      app.enable('case sensitive routing')
      app.enable('strict routing')
      const router = express.Router({ caseSensitive: true, strict: true })
      router.get('/Leaf', ok)
      router.get(['/leaf/', '/leaf'], ok)
      app.use(perf())
      app.use('/Mount', router)
      app.use('/mount', router)
    },
    requests: [
      ['GET /Mount/Leaf', 'GET /Mount/Leaf'],
      ['GET /mount/Leaf', 'GET /mount/Leaf'],
      ['GET /mount/leaf/', 'GET /mount/leaf/'],
      ['GET /mount/leaf', 'GET /mount/leaf'],
      ['GET /MOUNT/leaf', 'GET (unmatched)', 404],
    ],
  },
  {
    name: 'a bad escape',
    build: ({ app, perf }) => {
      app.use(perf())
      app.get('/x/:id', ok)
      app.use(onError)
    },
    requests: [['GET /x/%zz', 'GET (unmatched)', 500]],
  },
]
