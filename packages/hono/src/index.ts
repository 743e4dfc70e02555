import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { adapterHost, type PerformanceConfig, type PerformanceMonitor } from '@perf-monitor/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { basePath } from 'hono/route'
import { answeringTemplate, expectedTemplate } from './template.js'

const NOT_ON_NODE =
  'c.env has no Node request: @perf-monitor/hono measures apps that @hono/node-server serves. Elsewhere (other runtimes, ' +
  'app.request()) requests pass through unmeasured'

/** Measures the requests behind it and serves `/perf`. Use it first. */
export function perfMonitor(
  config?: PerformanceConfig | PerformanceMonitor,
): MiddlewareHandler & { monitor: PerformanceMonitor } {
  const host = adapterHost(config)
  const { guard } = host

  const middleware: MiddlewareHandler = async (c, next) => {
    const node = host.enabled ? nodeOf(c) : null
    if (node === null) {
      if (host.enabled) guard.report('hono', new Error(NOT_ON_NODE))
      await next()
      return
    }
    const { incoming, outgoing } = node
    const serves = () => {
      const mountPath = basePath(c).replace(/\/$/, '')
      return host.serve(incoming, outgoing, mountPath, incoming.url?.slice(mountPath.length))
    }
    if (guard.run('hono', serves, false)) {
      // until then: middleware before us must not take the response for one that it can still change
      await new Promise((resolve) => outgoing.once('close', resolve))
      return RESPONSE_ALREADY_SENT
    }
    const exchange = host.begin(incoming, outgoing)
    if (exchange === null) {
      await next()
      return
    }
    const setRoute = (template: string | null) => {
      if (template !== null) exchange.setRoute(template)
    }
    const ownIndex = c.req.routeIndex
    guard.run('hono', () => setRoute(expectedTemplate(c)), undefined)
    await exchange.run(next)
    if (c.error !== undefined) exchange.fail(c.error)
    guard.run('hono', () => setRoute(answeringTemplate(c, ownIndex)), undefined)
  }

  Object.defineProperty(middleware, 'name', { value: 'perfMonitor' })
  return Object.assign(middleware, { monitor: host.monitor })
}

function nodeOf(c: Context): HttpBindings | null {
  const env = c.env as Partial<HttpBindings> | undefined
  return env?.incoming === undefined || env.outgoing === undefined ? null : (env as HttpBindings)
}
