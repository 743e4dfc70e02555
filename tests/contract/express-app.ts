// The contract's app for Express 4 and 5. Express 4 knows no promises, so rejections are handed to `next`.
import { pipeline } from 'node:stream'
import { perfMonitor } from '@perf-monitor/express'
import type express5 from 'express'
import type { RequestHandler } from 'express'
import { listen } from './kit/listen.js'
import type { CreateContractApp } from './kit.js'

export function expressApp(express: typeof express5, { wildcard }: { wildcard: string }): CreateContractApp {
  return async (config, hooks) => {
    const app = express()
    app.set('env', 'test') // no log of errors
    const perf = perfMonitor(config)
    app.use(perf)
    app.use((req, res, next) => {
      if (req.headers['x-reject'] === undefined) next()
      else res.sendStatus(403)
    })
    app.get('/plain', (_req, res) => {
      hooks.advance(1)
      res.send('plain')
    })
    app.get('/items/:id', (req, res) => {
      hooks.advance(5)
      res.json({ id: req.params.id })
    })
    app.post('/items', express.json(), (req, res) => void res.status(201).json(req.body))
    app.options('/items', (_req, res) => void res.status(204).end())
    const orders = express.Router({ mergeParams: true })
    orders.get('/orders/:order', (req, res) => {
      hooks.advance(2)
      res.json(req.params)
    })
    const users = express.Router({ mergeParams: true }).use('/users/:user', orders)
    app.use('/tenants/:tenant', users)
    app.get(wildcard, (_req, res) => void res.send('file'))
    app.get('/status/:code', (req, res) => {
      hooks.advance(3)
      res.status(Number(req.params.code)).end()
    })
    app.get('/redirect', (_req, res) => res.redirect('/plain'))
    app.get('/throws', () => {
      throw hooks.failure(500)
    })
    app.get('/rejects', (_req, _res, next) => {
      setImmediate(() => next(hooks.failure(500)))
    })
    app.get('/missing/:id', () => {
      throw hooks.failure(404)
    })
    const requireKey: RequestHandler = (req, res, next) => {
      if (req.headers['x-key'] !== undefined) next()
      else res.sendStatus(401)
    }
    app.get('/guarded/:id', requireKey, (_req, res) => void res.send('ok'))
    app.get('/slow/:id', (_req, res, next) => void hooks.slow().then(() => res.send('slow'), next))
    app.get('/waits/:id', (_req, res, next) => void hooks.gate().then(() => res.send('waited'), next))
    app.get('/work/:id', (_req, res, next) => void hooks.work(perf.monitor).then(() => res.send('worked'), next))
    app.get('/stream', (_req, res) => void pipeline(hooks.chunks(), res.type('text/plain'), () => {}))
    app.get('/breaks', (_req, res) => void pipeline(hooks.brokenChunks(), res.type('text/plain'), () => {}))
    app.get('/events', (_req, res) => void pipeline(hooks.events(), res.type('text/event-stream'), () => {}))
    return { ...(await listen(app)), monitor: perf.monitor }
  }
}
