// The only door for framework packages: all that an adapter needs, and nothing that only one of them would.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestMatcher } from './config/matcher.js'
import type { Guard } from './guard.js'
import { PerfEndpoint } from './http/node.js'
import { PerformanceMonitor } from './monitor/performance-monitor.js'
import { HttpExchange } from './tracker/exchange.js'
import type { Operation } from './tracker/operation.js'
import type { PerformanceConfig } from './types/config.js'

export type { Guard } from './guard.js'
export { type BridgeHost, bridgeHost } from './monitor/bridge.js'
export { PerformanceMonitor } from './monitor/performance-monitor.js'
export type { ExchangeAttachment, HttpExchange } from './tracker/exchange.js'
export type { ForeignEnd, ForeignScope, ForeignSpan, ForeignTrace } from './tracker/foreign-span.js'
export type { Operation } from './tracker/operation.js'
export type { HandlerSpan, HandlerSpan as Span, Span as AnySpan } from './tracker/span.js'
export type { PerformanceConfig } from './types/config.js'
export type { InstrumentName } from './types/instruments.js'

/** What an adapter does with a monitor, bound to its configuration once. */
export interface AdapterHost {
  readonly monitor: PerformanceMonitor
  /** False while the monitor is disabled or stopped: let requests through unmeasured. */
  readonly enabled: boolean
  /** Contains faults of the adapter's own. */
  readonly guard: Guard
  /**
   * Answers requests for the endpoints. True when it does, now or later: the framework must not answer as well.
   * `mountPath` is what the framework took off `req.url` (`req.baseUrl` in Express), empty at the root. One that leaves
   * `req.url` whole gives what is below the mount as `url`.
   */
  serve(req: IncomingMessage, res: ServerResponse, mountPath: string, url?: string): boolean
  /** Whether `serve` would answer a request for this URL: for frameworks that must be told before. */
  owns(url: string): boolean
  /** Starts measuring a request; `null` when it is ignored or measured already. Ends by itself with the response. */
  begin(req: IncomingMessage, res: ServerResponse): HttpExchange | null
  /** The exchange begun for a response, `null` when it is not measured. */
  current(res: ServerResponse): HttpExchange | null
  /** A handler or middleware by its bounded name: resolve once, keep. */
  handlerOperation(name: string): Operation
}

/** Builds and starts a monitor, or shares the given one. */
export function adapterHost(config?: PerformanceConfig | PerformanceMonitor): AdapterHost {
  const monitor = config instanceof PerformanceMonitor ? config : new PerformanceMonitor(config)
  const { tracker, guard } = monitor
  const endpoint = new PerfEndpoint(monitor.http, monitor.config.path)
  const isIgnored = requestMatcher(monitor.config.ignore)
  tracker.hasAdapter = true
  void monitor.start()
  return {
    monitor,
    guard,
    get enabled() {
      return monitor.running
    },
    serve(req, res, mountPath, url = req.url ?? '') {
      if (!monitor.running) return false
      const below = endpoint.match(url)
      if (below === null) return false
      endpoint.serve(req, res, { below, basePath: `${mountPath}${monitor.config.path}` })
      return true
    },
    owns: (url) => monitor.running && endpoint.match(url) !== null,
    begin(req, res) {
      if (!monitor.running) return null
      try {
        if (HttpExchange.of(res, tracker) !== null || isIgnored?.(req)) return null
        return tracker.beginExchange(req, res)
      } catch (error) {
        guard.report('adapter', error)
        return null
      }
    },
    current: (res) => HttpExchange.of(res, tracker),
    handlerOperation: (name) => tracker.operation('handler', name),
  }
}

/**
 * What an adapter keeps for a request: what it attached to the exchange begun last whose attachment is of that type. Costs no
 * property on the framework's objects.
 */
export function attachmentOf<T>(res: ServerResponse, type: abstract new (...args: never[]) => T): T | null {
  return HttpExchange.attachmentOf(res, type)
}
