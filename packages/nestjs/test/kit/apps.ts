// Apps on both platforms, and what their monitor counted.
import 'reflect-metadata'
import type { INestApplication, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type OperationMetrics, type PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core'
import { afterEach } from 'vitest'

export const QUIET: PerformanceConfig = {
  logger: { info() {}, warn() {}, error() {} },
  enableIoMonitoring: false,
  stallThresholdMs: 0,
  collectionIntervalMs: 3_600_000,
  auth: false,
}

export const PLATFORMS = ['express', 'fastify'] as const
export type Platform = (typeof PLATFORMS)[number]

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

export function atEnd(end: () => Promise<unknown>): void {
  ends.push(end)
}

export function quietMonitor(config: PerformanceConfig = {}): PerformanceMonitor {
  const monitor = new PerformanceMonitor({ ...QUIET, ...config })
  ends.push(() => monitor.stop())
  return monitor
}

export interface TestApp {
  readonly app: INestApplication
  readonly monitor: PerformanceMonitor
  fetch(path: string, init?: RequestInit): Promise<Response>
  counts(component?: string): Record<string, number>
}

/** `module` imports PerfMonitorModule. `prepare` is what stands in main.ts. */
export async function start(
  module: Type,
  platform: Platform,
  prepare?: (app: INestApplication) => void,
): Promise<TestApp> {
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  const app = await NestFactory.create(module, adapter, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  })
  prepare?.(app)
  await app.listen(0, '127.0.0.1')
  ends.push(() => app.close())
  const monitor = app.get(PerformanceMonitor)
  const url = await app.getUrl()
  return {
    app,
    monitor,
    async fetch(path, init) {
      const response = await fetch(url + path, { redirect: 'manual', ...init })
      const body = await response.arrayBuffer()
      while (monitor.tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
      return new Response(response.status === 204 ? null : body, response)
    },
    counts: (component = 'http') => counts(monitor, component),
  }
}

export async function startContext(module: Type) {
  const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false })
  ends.push(() => context.close())
  return context
}

export function operations(monitor: PerformanceMonitor, component: string): Record<string, OperationMetrics> {
  return monitor.getSnapshot().componentMetrics[component]?.operationBreakdown ?? {}
}

export function counts(monitor: PerformanceMonitor, component: string): Record<string, number> {
  return Object.fromEntries(Object.entries(operations(monitor, component)).map(([name, { count }]) => [name, count]))
}

/** Time that methods advance by hand. */
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
