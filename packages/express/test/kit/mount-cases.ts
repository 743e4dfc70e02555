// Mounts: apps, requests to them, and the operation that each request is counted as.
import type { NextFunction, Request, Response } from 'express'
import { fail, ok, onError, pass, type RouteCase } from './route-case.js'

export const MOUNT_CASES: RouteCase[] = [
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
      hidden.get('/fall/:id', pass)
      hidden.use('/deep/:x', express.Router().get('/:y', ok))
      app.use(perf())
      app.use('/api/:v', (req: Request, res: Response, next: NextFunction) => hidden(req, res, next))
      app.use('/later/:v', (req: Request, res: Response, next: NextFunction) => {
        setImmediate(() => hidden(req, res, next))
      })
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
      ['GET /later/1/h/2', 'GET /later/:v/h/:id'],
      ['GET /later/1/async/2', 'GET /later/:v/async/:id'],
      ['GET /later/1/fall/2', 'GET (unmatched)', 404],
      ['GET /api/1/fall/2', 'GET (unmatched)', 404],
      ['GET /api/1/after', 'GET /api/:v/after'],
      ['GET /after/1', 'GET /after/:x'],
    ],
  },
]
