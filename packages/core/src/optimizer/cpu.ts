// Whether CPU is short for long: of the host (or container), or of the event loop's one thread. Shared by the rule that reports
// it and by the rule that must not list its victims as causes of their own.
import { mean, measured, quantileOf, settledFrom, shareAbove } from '../types/reading.js'
import type { MetricsWindow } from '../types/window.js'

/** Fewer samples after start-up say nothing about a steady state. */
export const MIN_CPU_SAMPLES = 10

const MIN_ABOVE_MS = 15_000 // a deployment, a cron job or a large collection is over by then
const MIN_ABOVE_SHARE = 0.25 // of the window: four minutes in sixteen are a load, one in sixteen is a spike

/** Of the host: what wants to run waits for its turn. */
export const FULL_PERCENT = 85
const FULL_QUANTILE = 0.75 // a quarter of the samples that full: enough for the blocks that are seen
const OWN_SHARE = 0.5 // of what the host uses: from here on the process is short of CPU by its own doing

const crowdedOf = new WeakMap<MetricsWindow, boolean>() // asked for each block, and it sorts an hour of samples

export interface CpuShortage {
  readonly of: 'host' | 'event-loop'
  /** Mean while above the threshold. */
  readonly percent: number
  /** Of the window's samples. */
  readonly shareOfTime: number
  readonly aboveMs: number
}

/** `null` when CPU is no problem, or too little was measured. */
export function cpuShortage(window: MetricsWindow, thresholdPercent: number): CpuShortage | null {
  const from = settledFrom(window)
  const host = sustained(window, measured(window.system('cpuUsagePercent'), from), thresholdPercent)
  return host === null ? loopShortage(window, thresholdPercent) : { of: 'host', ...host }
}

/** Of the event loop's one thread: on a host of many cores it is full by itself long before the host is. */
export function loopShortage(window: MetricsWindow, thresholdPercent: number): CpuShortage | null {
  const from = settledFrom(window)
  // utilization alone may be a synchronous wait for a disk: CPU must be used as well
  const cpu = window.runtime('cpuPercent')
  const loop = window.runtime('eventLoopUtilizationPercent').map((value, i) => {
    const own = cpu[i] ?? null
    return value === null || own === null ? null : Math.min(value, own)
  })
  const own = sustained(window, measured(loop, from), thresholdPercent)
  return own === null ? null : { of: 'event-loop', ...own }
}

function sustained(window: MetricsWindow, values: number[], threshold: number): Omit<CpuShortage, 'of'> | null {
  if (values.length < MIN_CPU_SAMPLES) return null
  const shareOfTime = shareAbove(values, threshold)
  const aboveMs = (shareOfTime * values.length * window.durationMs) / window.timestamps.length
  if (shareOfTime < MIN_ABOVE_SHARE || aboveMs < MIN_ABOVE_MS) return null
  return { percent: mean(values.filter((value) => value > threshold)) as number, shareOfTime, aboveMs }
}

/** What other processes take of the host's (or container's) CPU in each sample. */
export function othersPercent(window: MetricsWindow): (number | null)[] {
  const system = window.latest.system
  const cores = system?.container?.cpuLimitCores ?? system?.cpuCoresPercent?.length ?? null
  const own = window.runtime('cpuPercent')
  return window.system('cpuUsagePercent').map((host, i) => {
    const percent = own[i] ?? null
    return host === null || percent === null || cores === null ? null : Math.max(0, host - percent / cores)
  })
}

/** What this process takes of the CPU that the host (or container) uses, 0 to 1; `null` where that is not measured. */
export function ownShareOfHost(window: MetricsWindow): number | null {
  const from = settledFrom(window)
  const system = window.latest.system
  const own = mean(measured(window.runtime('cpuPercent'), from))
  const host = mean(measured(window.system('cpuUsagePercent'), from))
  const cores = system?.container?.cpuLimitCores ?? system?.cpuCoresPercent?.length ?? null
  return own !== null && host && cores ? own / cores / host : null
}

/** Others use the host up: what is late here, and how long anything takes, is not this process's doing. */
export function isCrowdedHost(window: MetricsWindow): boolean {
  const known = crowdedOf.get(window)
  if (known !== undefined) return known
  const isCrowded = readCrowded(window)
  crowdedOf.set(window, isCrowded)
  return isCrowded
}

function readCrowded(window: MetricsWindow): boolean {
  const host = quantileOf(measured(window.system('cpuUsagePercent'), settledFrom(window)), FULL_QUANTILE)
  return host !== null && host >= FULL_PERCENT && (ownShareOfHost(window) ?? 0) < OWN_SHARE
}

/** What of the time that the loop seems busy it really had the CPU, 0 to 1; 1 on a host that is not crowded. */
export function cpuShareOfBusyTime(window: MetricsWindow): number {
  const from = settledFrom(window)
  const own = mean(measured(window.runtime('cpuPercent'), from))
  const busy = mean(measured(window.runtime('eventLoopUtilizationPercent'), from))
  return own === null || !busy || !isCrowdedHost(window) ? 1 : Math.min(1, own / busy)
}
