// System and runtime as lines of a table: what was measured, in words. What was not is named in the report's limits.
import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import { formatBytes, formatDuration, formatNumber, formatPercent } from './format.js'
import { escapeMarkdown as text } from './markdown-text.js'

type Line = [label: string, value: string]

const UNKNOWN = '–'

export function systemRows(system: SystemMetrics | null): Line[] {
  if (system === null) return []
  const { container, pressure, loadAverage } = system
  const lines: Line[] = [
    ['CPU', formatPercent(system.cpuUsagePercent)],
    ['Memory', ofTotal(system.memoryUsedBytes, system.memoryTotalBytes)],
    ['Swap used', formatBytes(system.swapUsedBytes)],
    ['Disk read', perSecond(system.diskReadBytesPerSecond)],
    ['Disk written', perSecond(system.diskWriteBytesPerSecond)],
    ['Network received', perSecond(system.networkRxBytesPerSecond)],
    ['Network sent', perSecond(system.networkTxBytesPerSecond)],
    ['Connect time of outbound connections', formatDuration(system.networkLatencyMs)],
    ['Load average (1, 5, 15 min)', loadAverage === null ? UNKNOWN : loadAverage.map(formatNumber).join(', ')],
    ['Processes', formatNumber(system.processCount)],
    ['Container CPU limit', withUnit(container?.cpuLimitCores, 'cores')],
    ['Container memory', ofTotal(container?.memoryUsedBytes, container?.memoryLimitBytes)],
    ['Container throttled', formatPercent(container?.throttledPercent)],
    ['Waiting for CPU (some, 10 s)', formatPercent(pressure?.cpu)],
    ['Waiting for memory (some, 10 s)', formatPercent(pressure?.memory)],
    ['Waiting for I/O (some, 10 s)', formatPercent(pressure?.io)],
  ]
  for (const disk of system.disks ?? []) {
    const used = `${ofTotal(disk.usedBytes, disk.totalBytes)} (${formatPercent(disk.usedPercent)})`
    lines.push([`Disk ${text(disk.mount)}`, used])
  }
  return lines.filter(isMeasured)
}

export function runtimeRows(runtime: RuntimeMetrics | null): Line[] {
  if (runtime === null) return []
  const { eventLoopDelay: delay, gc } = runtime
  const lines: Line[] = [
    ['Process CPU (100 % is one core)', formatPercent(runtime.cpuPercent)],
    ['Process memory (RSS)', formatBytes(runtime.rssBytes)],
    ['Heap', ofTotal(runtime.heapUsedBytes, runtime.heapLimitBytes)],
    ['Memory outside the heap', formatBytes(runtime.externalBytes)],
    ['Event loop busy', formatPercent(runtime.eventLoopUtilizationPercent)],
    ['Event loop late, p50', formatDuration(delay.p50Ms)],
    ['Event loop late, p99', formatDuration(delay.p99Ms)],
    ['Event loop late, at most', formatDuration(delay.maxMs)],
    ['Garbage collection', formatPercent(gc.pausePercent)],
    ['Longest collection', formatDuration(gc.maxPauseMs)],
    ['Wait for a libuv thread', formatDuration(runtime.threadPoolDelayMs)],
    ['Requests in flight', formatNumber(runtime.activeRequests)],
  ]
  return lines.filter(isMeasured)
}

/** Names of the fields that are `null`, as the JSON report has them. */
export function missingFields(system: SystemMetrics | null, runtime: RuntimeMetrics | null): string[] {
  return [...nullFields(system, 'systemMetrics'), ...nullFields(runtime, 'runtimeMetrics')]
}

function nullFields(value: object | null, name: string): string[] {
  if (value === null) return [name]
  return Object.entries(value).flatMap(([key, inner]) => {
    // no container is a fact about the machine, not a gap
    if (inner === null) return key === 'container' ? [] : [`${name}.${key}`]
    const nested = typeof inner === 'object' && !Array.isArray(inner)
    return nested ? nullFields(inner, `${name}.${key}`) : []
  })
}

function ofTotal(used: number | null | undefined, total: number | null | undefined): string {
  const usedText = formatBytes(used)
  const totalText = formatBytes(total)
  return usedText === UNKNOWN || totalText === UNKNOWN ? usedText : `${usedText} of ${totalText}`
}

function perSecond(bytes: number | null): string {
  const amount = formatBytes(bytes)
  return amount === UNKNOWN ? amount : `${amount}/s`
}

function withUnit(value: number | null | undefined, unit: string): string {
  const amount = formatNumber(value)
  return amount === UNKNOWN ? amount : `${amount} ${unit}`
}

function isMeasured([, value]: Line): boolean {
  return value !== UNKNOWN
}
