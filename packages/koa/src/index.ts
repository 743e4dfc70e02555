import { adapterHost, type PerformanceConfig, type PerformanceMonitor } from '@perf-monitor/core/adapter'
import type { Context, Middleware, Next } from 'koa'
import { mountPathOf } from './matched-route.js'
import { MeasuredRequest } from './measured-request.js'

/** Measures the requests behind it and serves `/perf`. Use it first. */
export function perfMonitor(
  config?: PerformanceConfig | PerformanceMonitor,
): Middleware & { monitor: PerformanceMonitor } {
  const host = adapterHost(config)

  function middleware(ctx: Context, next: Next): Promise<unknown> {
    if (host.enabled && host.serve(ctx.req, ctx.res, mountPathOf(ctx))) return answered(ctx)
    const exchange = host.enabled ? host.begin(ctx.req, ctx.res) : null
    if (exchange === null) return next()
    const request = new MeasuredRequest(host, exchange, ctx)
    return exchange.run(() => request.watch(next))
  }

  Object.defineProperty(middleware, 'name', { value: 'perfMonitor' })
  return Object.assign(middleware, { monitor: host.monitor })
}

/** Koa answers nothing any more; middleware before us goes on when the response is over, and cannot write into its head. */
function answered(ctx: Context): Promise<void> {
  ctx.respond = false
  return new Promise((resolve) => {
    ctx.res.once('close', resolve)
  })
}
