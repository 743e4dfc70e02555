// A server without a framework, measured: an adapter at its smallest. docs/writing-an-adapter.md explains it.
import { createServer } from 'node:http'
import { adapterHost } from '@perf-monitor/core/adapter'

/** The adapter: stands between the framework, which knows the route, and the route's handler. */
export function perfMonitor(config) {
  const host = adapterHost(config)
  const operations = new Map()

  function measure(req, res, { route, handle }) {
    if (host.enabled && host.serve(req, res, '')) return undefined
    const exchange = host.enabled ? host.begin(req, res) : null
    if (exchange === null || route === null) return handle()
    host.guard.run('node-http', () => exchange.setRoute(route.template), undefined)
    return exchange.run(() => timed(exchange, route, handle))
  }

  async function timed(exchange, route, handle) {
    const span = host.guard.run('node-http', () => exchange.beginHandler(operationOf(route)), null)
    const end = (success, error) => host.guard.run('node-http', () => span?.end(success, error), undefined)
    try {
      await handle()
    } catch (error) {
      end(false, error)
      throw error
    }
    end(true)
  }

  function operationOf(route) {
    let operation = operations.get(route)
    if (operation === undefined) {
      operation = host.handlerOperation(`${route.method} ${route.template}`)
      operations.set(route, operation)
    }
    return operation
  }

  return Object.assign(measure, { monitor: host.monitor })
}

/** Stands for your framework: a table of routes, and what becomes of requests and errors. */
export class App {
  #routes = []
  #measure

  constructor(measure) {
    this.#measure = measure
  }

  route(method, template, handler) {
    const pattern = template.replace(/:(\w+)/g, '(?<$1>[^/]+)').replace('*', '.+')
    this.#routes.push({ method, template, handler, pattern: new RegExp(`^${pattern}$`) })
    return this
  }

  handle = async (req, res) => {
    const path = req.url.split('?')[0]
    const method = req.method === 'HEAD' ? 'GET' : req.method // Node leaves the body out
    const route = this.#routes.find((candidate) => candidate.method === method && candidate.pattern.test(path)) ?? null
    const handle = () => {
      if (route === null) throw Object.assign(new Error('Not Found'), { status: 404 })
      return route.handler({ req, res, params: { ...route.pattern.exec(path).groups } })
    }
    try {
      await this.#measure(req, res, { route, handle })
    } catch (error) {
      if (res.headersSent) res.destroy(error)
      else res.writeHead(error.status ?? 500).end(error.message)
    }
  }
}

if (import.meta.filename === process.argv[1]) {
  const app = new App(perfMonitor())
  app.route('GET', '/hello/:name', ({ res, params }) => res.end(`Hello ${params.name}\n`))
  createServer(app.handle).listen(3000, () => {
    console.log('Open http://localhost:3000/hello/you a few times, then http://localhost:3000/perf')
  })
}
