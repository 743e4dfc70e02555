import { adapterHost, type PerformanceConfig, type PerformanceMonitor } from '@perf-monitor/core/adapter'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { enterFrame, exempt } from './entries.js'
import { Origin } from './origin.js'
import { Passage } from './passage.js'
import { TemplateTree } from './templates.js'

/** Measures the requests and handlers behind it and serves `/perf`. Register it first. */
export function perfMonitor(
  config?: PerformanceConfig | PerformanceMonitor,
): RequestHandler & { monitor: PerformanceMonitor } {
  const host = adapterHost(config)
  const origin = new Origin(new TemplateTree().root, middleware)
  exempt(middleware)

  function middleware(req: Request, res: Response, next: NextFunction): void {
    if (host.owns(req.url) && host.serve(req, res, req.baseUrl)) return
    const exchange = host.begin(req, res)
    if (exchange === null) {
      next()
      return
    }
    const passage = new Passage({ host, exchange, req, res, frame: origin.unknown, outer: Passage.of(res) })
    passage.guard(() => {
      passage.attach()
      enterFrame(passage, origin.frameFor(req))
    })
    passage.continue(next)
  }

  Object.defineProperty(middleware, 'name', { value: 'perfMonitor' })
  return Object.assign(middleware, { monitor: host.monitor })
}
