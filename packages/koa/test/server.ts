// A Koa app on loopback, and what the monitor counted for each request to it.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import type Koa from 'koa'

const SILENT = { info() {}, warn() {}, error() {} }

export function quietMonitor(): PerformanceMonitor {
  return new PerformanceMonitor({ logger: SILENT, enableIoMonitoring: false, stallThresholdMs: 0, auth: false })
}

export interface TestServer {
  /** Sends `GET /path`; resolves when the server is done with it too. */
  send(sent: string): Promise<{ status: number; body: string; headers: Record<string, unknown> }>
  close(): Promise<void>
}

export async function serve(app: Koa, monitor: PerformanceMonitor): Promise<TestServer> {
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async send(sent) {
      const [method, path] = sent.split(' ')
      const outgoing = request({ host: '127.0.0.1', port, method, path, agent: false }).end()
      const [response] = await once(outgoing, 'response')
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      while (monitor.tracker.activeRequests > 0) await new Promise(setImmediate)
      return { status: response.statusCode, body, headers: response.headers }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await monitor.stop()
    },
  }
}

/** Counts by operation of `http`. */
export function counts(monitor: PerformanceMonitor): Record<string, number> {
  const operations = monitor.getSnapshot().componentMetrics.http?.operationBreakdown ?? {}
  const entries = Object.entries(operations).map(([name, { count }]) => [name, count] as const)
  return Object.fromEntries(entries.filter(([, count]) => count > 0)) // a name that did not last counts nothing
}
