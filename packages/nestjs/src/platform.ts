// Requests are measured by the adapter of the platform that Nest runs on: it sees what no interceptor does (requests that
// middleware, guards and pipes reject, unknown URLs, errors after the headers), and Nest's own way to its handlers stays as it is.
import type { AbstractHttpAdapter } from '@nestjs/core'
import type { PerformanceMonitor } from '@perf-monitor/core/adapter'
import { perfMonitor as perfMonitorOfExpress } from '@perf-monitor/express'
import { perfMonitor as perfMonitorOfFastify } from '@perf-monitor/fastify'

/** Before `main.ts` gets the app, so that we stand before its middleware and hooks. */
export function installOn(httpAdapter: AbstractHttpAdapter, monitor: PerformanceMonitor): void {
  const platform = httpAdapter.getType()
  const app = httpAdapter.getInstance()
  if (platform === 'express') app.use(perfMonitorOfExpress(monitor))
  else if (platform === 'fastify') void app.register(perfMonitorOfFastify, monitor)
  else throw new Error(`requests are measured on Express and on Fastify, not on ${platform}`)
}
