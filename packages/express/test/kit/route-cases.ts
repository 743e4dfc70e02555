// Apps, requests to them, and the operation that each request is counted as.
import type { Express as App, ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express'
import type { Express } from './express-versions.js'

interface Build {
  readonly app: App
  readonly express: Express
  readonly perf: () => RequestHandler
  readonly major: 4 | 5
}

interface RouteCase {
  readonly name: string
  readonly build: (context: Build) => void
  /** `METHOD path`, the operation, the status (200). */
  readonly requests: (readonly [request: string, operation: string, status?: number])[]
  readonly majors?: readonly number[]
}

const ok: RequestHandler = (_req, res) => {
  res.end('ok')
}
const pass: RequestHandler = (_req, _res, next) => next()
const fail: RequestHandler = () => {
  throw new Error('failed')
}
const onError: ErrorRequestHandler = (_error, _req, res, _next) => {
  res.status(500).end('error')
}

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
    name: 'nested routers with parameters in mounts, built before the app',
    build: ({ app, express, perf }) => {
      const orders = express.Router({ mergeParams: true })
      orders.get('/:id', ok)
      orders.get('/', ok)
      const users = express.Router()
      users.use('/users/:uid/orders', orders)
      app.use(perf())
      app.use('/api/v1', users)
    },
    requests: [
      ['GET /api/v1/users/7/orders/7', 'GET /api/v1/users/:uid/orders/:id'],
      ['GET /api/v1/users/7/orders', 'GET /api/v1/users/:uid/orders'],
      ['GET /api/v1/users/7/orders/', 'GET /api/v1/users/:uid/orders'],
      ['GET /API/v1/users/v1/orders/users', 'GET /api/v1/users/:uid/orders/:id'],
      ['GET /api/v1/users/a%2Fb/orders/%20', 'GET /api/v1/users/:uid/orders/:id'],
      ['GET /api/v1/users/7/orders/9/x', 'GET (unmatched)', 404],
    ],
  },
  {
    name: 'the first request of a mount has a value like the mount itself',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.get('/x', ok)
      app.use(perf())
      app.use('/users/:uid-:part/orders.v1/:uid2', router)
    },
    requests: [
      ['GET /users/users-users/orders.v1/users/x', 'GET /users/:uid-:part/orders.v1/:uid2/x'],
      ['GET /users/%41-%2F/orders.v1/1/x', 'GET /users/:uid-:part/orders.v1/:uid2/x'],
      ['GET /USERS/1-2/Orders.V1/3/x', 'GET /users/:uid-:part/orders.v1/:uid2/x'],
    ],
  },
  {
    name: 'a router at two mounts',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.get('/:id', ok)
      app.use(perf())
      app.use('/a/:x', router)
      app.use('/b', router)
    },
    requests: [
      ['GET /a/1/2', 'GET /a/:x/:id'],
      ['GET /b/2', 'GET /b/:id'],
      ['GET /a/b/b', 'GET /a/:x/:id'],
    ],
  },
  {
    name: 'mounted apps, one within another',
    build: ({ app, express, perf }) => {
      const inner = express()
      inner.get('/deep/:id', ok)
      const sub = express()
      sub.use('/inner/:kind', inner)
      sub.get('/:id', ok)
      sub.get('/', ok)
      app.use(perf())
      app.use('/sub/:tenant', sub)
      app.use(express.Router().use('/routed', sub))
    },
    requests: [
      ['GET /sub/1/2', 'GET /sub/:tenant/:id'],
      ['GET /sub/1/inner/2/deep/3', 'GET /sub/:tenant/inner/:kind/deep/:id'],
      ['GET /sub/1', 'GET /sub/:tenant'],
      ['GET /routed/5', 'GET /routed/:id'],
      ['GET /sub/1/2/3/4', 'GET (unmatched)', 404],
    ],
  },
  {
    name: 'an app mounted twice, and an app without routes',
    build: ({ app, express, perf }) => {
      const sub = express()
      sub.get('/:id', ok)
      app.use(perf())
      app.use('/empty', express())
      app.use('/one', sub)
      app.use('/two', sub)
    },
    requests: [
      ['GET /empty/x', 'GET (unmatched)', 404],
      ['GET /two/1', 'GET /two/:id'],
      ['GET /one/1', 'GET /one/:id'],
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
    name: 'RegExp mounts are bounded',
    build: ({ app, express, perf, major }) => {
      app.use(perf())
      app.use(/^\/v\d+/, express.Router().get('/x', ok))
      app.get('/kind', (_req, res) => {
        res.end(String(major))
      })
    },
    requests: [['GET /kind', 'GET /kind']],
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
    name: 'middleware with paths, rejections and errors before routing',
    build: ({ app, express, perf }) => {
      const admin = express.Router()
      admin.use((req, res, next) => {
        if (req.query.key === undefined) res.status(401).end()
        else next()
      })
      admin.get('/secret', ok)
      const broken = express.Router()
      broken.use(fail)
      app.use(perf())
      app.use((req, res, next) => {
        if (req.query.reject === undefined) next()
        else res.status(403).end()
      })
      app.use((req, _res, next) => next(req.query.error === undefined ? undefined : new Error('early')))
      app.use('/static/:kind', (req, res, next) => {
        if (req.path === '/file.txt') res.end('file')
        else next()
      })
      app.use('/admin', admin)
      app.use('/broken/:x', broken)
      app.get('/x', ok)
      app.use(onError)
    },
    requests: [
      ['GET /x?reject', 'GET (unmatched)', 403],
      ['GET /x?error', 'GET (unmatched)', 500],
      ['GET /static/css/file.txt', 'GET /static/:kind/*'],
      ['GET /static/css/none', 'GET (unmatched)', 404],
      ['GET /admin/secret', 'GET /admin/*', 401],
      ['GET /admin/secret?key', 'GET /admin/secret'],
      ['GET /admin/none?key', 'GET (unmatched)', 404],
      ['GET /broken/1', 'GET /broken/:x/*', 500],
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
    name: 'a URL rewritten by middleware',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.use((req, _res, next) => {
        req.url = req.url.replace('/old', '/new')
        next()
      })
      router.get('/new/:id', ok)
      app.use(perf())
      app.use((req, _res, next) => {
        req.url = req.url.replace('/alias', '/api')
        next()
      })
      app.use('/api', router)
    },
    requests: [['GET /alias/old/1', 'GET /api/new/:id']],
  },
  {
    name: 'perfMonitor after the routes, below a prefix, twice',
    build: ({ app, express, perf }) => {
      app.use('/prefix', perf())
      app.use(perf())
      app.use(perf())
      app.get('/prefix/:x', ok)
      app.use('/m', express.Router().get('/:x', ok))
    },
    requests: [
      ['GET /prefix/1', 'GET /prefix/:x'],
      ['GET /m/1', 'GET /m/:x'],
    ],
  },
  {
    name: 'perfMonitor in a mounted app',
    build: ({ app, express, perf }) => {
      const sub = express()
      sub.use(perf())
      sub.use('/r/:a', express.Router().get('/:b', ok))
      sub.get('/:x', ok)
      const outer = express()
      outer.use(['/other', '/sub/:s'], sub)
      app.use('/outer/:t', outer)
      app.get('/out', ok)
    },
    requests: [
      ['GET /outer/1/sub/2/3', 'GET /outer/:t/sub/:s/:x'],
      ['GET /outer/1/other/3', 'GET /outer/:t/other/:x'],
      ['GET /outer/1/sub/2/r/3/4', 'GET /outer/:t/sub/:s/r/:a/:b'],
    ],
  },
  {
    name: 'perfMonitor in a router at two mounts',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      router.use('/below', perf())
      router.get('/below/:x', ok)
      app.use('/one/:a', router)
      app.use('/two', express.Router().use('/three/:b', router))
    },
    requests: [
      ['GET /two/three/1/below/2', 'GET /two/three/:b/below/:x'],
      ['GET /one/1/below/2', 'GET /one/:a/below/:x'],
    ],
  },
  {
    name: 'routes added at runtime',
    build: ({ app, express, perf }) => {
      const router = express.Router()
      let added = 0
      app.use(perf())
      app.use((_req, _res, next) => {
        added++
        app.get(`/late${added}/:x`, ok)
        router.use(`/late${added}/:y`, express.Router().get('/z', ok))
        next()
      })
      app.use('/r', router)
    },
    requests: [
      ['GET /late1/1', 'GET /late1/:x'],
      ['GET /late1/1', 'GET /late1/:x'],
      ['GET /late3/1', 'GET /late3/:x'],
      ['GET /r/late2/1/z', 'GET /r/late2/:y/z'],
      ['GET /r/late5/1/z', 'GET /r/late5/:y/z'],
    ],
  },
  {
    name: 'routers that functions hide',
    build: ({ app, express, perf }) => {
      const hidden = express.Router()
      hidden.get('/h/:id', ok)
      hidden.get('/async/:id', (_req: Request, res: Response) => {
        setImmediate(() => res.end())
      })
      hidden.use('/deep/:x', express.Router().get('/:y', ok))
      app.use(perf())
      app.use('/api/:v', (req: Request, res: Response, next: NextFunction) => hidden(req, res, next))
      app.get('/after/:x', ok)
      app.get('/api/:v/after', ok)
    },
    requests: [
      ['GET /api/1/h/2', 'GET /api/:v/h/:id'],
      ['GET /api/1/h/2', 'GET /api/:v/h/:id'],
      ['GET /api/1/async/2', 'GET /api/:v/async/:id'],
      ['GET /api/1/deep/2/3', 'GET /api/:v/*/:y'],
      ['GET /api/1/deep/2/3', 'GET /api/:v/*/:y'],
      ['GET /api/1/none', 'GET (unmatched)', 404],
      ['GET /api/1/after', 'GET /api/:v/after'],
      ['GET /after/1', 'GET /after/:x'],
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
