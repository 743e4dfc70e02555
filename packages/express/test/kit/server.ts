// A server on loopback, raw requests to it, and what the monitor counted for them.

import { once } from 'node:events'
import { createServer, type RequestListener, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core/adapter'

const SILENT = { info() {}, warn() {}, error() {} }

export function quietMonitor(config: PerformanceConfig = {}): PerformanceMonitor {
  return new PerformanceMonitor({
    logger: SILENT,
    enableIoMonitoring: false,
    stallThresholdMs: 0,
    auth: false,
    ...config,
  })
}

export interface TestServer {
  readonly port: number
  /** Sends a request as written and waits until the server is done with it. */
  send(method: string, path: string, options?: { body?: string; headers?: Record<string, string> }): Promise<Answer>
  /** Sends bytes, gives all that came back until the server closed the connection. */
  raw(bytes: string): Promise<string>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Record<string, string | string[] | undefined>
}

export async function serve(listener: RequestListener): Promise<TestServer> {
  const open = new Set<Promise<unknown>>()
  const server = createServer((req, res) => {
    const closed = once(res, 'close').finally(() => open.delete(closed))
    open.add(closed)
    listener(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const settled = async () => {
    while (open.size > 0) await Promise.all(open)
  }
  return {
    port,
    async send(method, path, { body, headers } = {}) {
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
      outgoing.end(body)
      const [response] = await once(outgoing, 'response')
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      await settled()
      return { status: response.statusCode, body: text, headers: response.headers }
    },
    async raw(bytes) {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1')
      socket.write(bytes)
      let text = ''
      for await (const chunk of socket) text += chunk
      await settled()
      return text
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Counts by operation of a component. */
export function countsOf(monitor: PerformanceMonitor, component: string): Map<string, number> {
  const operations = monitor.getSnapshot().componentMetrics[component]?.operationBreakdown ?? {}
  return new Map(Object.entries(operations).map(([name, { count }]) => [name, count]))
}

/** What was counted while `run` ran. */
export async function countedDuring(
  monitor: PerformanceMonitor,
  component: string,
  run: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = countsOf(monitor, component)
  await run()
  const counted: Record<string, number> = {}
  for (const [name, count] of countsOf(monitor, component)) {
    const difference = count - (before.get(name) ?? 0)
    if (difference > 0) counted[name] = difference
  }
  return counted
}
