// Raw requests to a listening app, and what the monitor counted for them.
import { type AddressInfo, connect } from 'node:net'
import { type OperationMetrics, type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core'
import type { FastifyInstance } from 'fastify'

const SILENT = { info() {}, warn() {}, error() {} }

export const QUIET: PerformanceConfig = {
  logger: SILENT,
  enableIoMonitoring: false,
  stallThresholdMs: 0,
  collectionIntervalMs: 3_600_000,
  auth: false,
}

export function quietMonitor(config: PerformanceConfig = {}): PerformanceMonitor {
  return new PerformanceMonitor({ ...QUIET, ...config })
}

/** A clock that handlers advance by hand. */
export function handClock() {
  let elapsedMs = 0
  const idle = { cancel() {} }
  return {
    now: () => Date.UTC(2026, 0, 1) + elapsedMs,
    monotonicMs: () => elapsedMs,
    every: () => idle,
    after: () => idle,
    advance(ms: number) {
      elapsedMs += ms
    },
  }
}

/** Sends bytes, gives all that came back until the server closed the connection. */
export async function raw(app: FastifyInstance, bytes: string): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

export function get(path: string, headers = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`
}

export async function settled(monitor: PerformanceMonitor): Promise<void> {
  while (monitor.tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
}

export function operations(monitor: PerformanceMonitor, component: string): Record<string, OperationMetrics> {
  return monitor.getSnapshot().componentMetrics[component]?.operationBreakdown ?? {}
}

export function counts(monitor: PerformanceMonitor, component = 'http'): Record<string, number> {
  return Object.fromEntries(Object.entries(operations(monitor, component)).map(([name, { count }]) => [name, count]))
}
