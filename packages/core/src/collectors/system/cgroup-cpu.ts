import type { CgroupChain } from './cgroup-paths.js'
import { clampPercent } from './collector.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const US_PER_MS = 1000
const NS_PER_US = 1000

export interface CpuQuota {
  limitCores: number
  directory: string
}

export interface CpuOfQuota {
  /** Share of the quota that was used. */
  usagePercent: number | null
  /** Share of the scheduling periods in which the quota stopped the container. */
  throttledPercent: number | null
}

interface Reading {
  directory: string
  atMs: number
  usageUs: number | null
  periodCount: number | null
  throttledCount: number | null
}

/** The smallest quota from the process's cgroup upwards; `null` when none holds. One above the machine's cores is none. */
export function tightestCpuQuota(root: string, chain: CgroupChain, hostCores: number | null): CpuQuota | null {
  let tightest: CpuQuota | null = null
  for (const directory of chain.directories) {
    const limitCores = chain.version === 2 ? quotaV2(root, directory) : quotaV1(root, directory)
    if (limitCores === null || limitCores > (hostCores ?? Number.POSITIVE_INFINITY)) continue
    if (tightest === null || limitCores < tightest.limitCores) tightest = { limitCores, directory }
  }
  return tightest
}

/** What the limited cgroup used of its quota, from one reading to the next. */
export class QuotaUsage {
  readonly #root: string
  #previous: Reading | null = null

  constructor(root: string) {
    this.#root = root
  }

  read(options: { quota: CpuQuota; cpu: CgroupChain; cpuacct: CgroupChain | null; nowMs: number }): CpuOfQuota {
    const { quota, cpu, cpuacct, nowMs } = options
    const previous = this.#previous
    this.#previous = null
    const current = readUsage({ root: this.#root, directory: quota.directory, cpu, cpuacct, nowMs })
    this.#previous = current
    if (previous === null || previous.directory !== current.directory) return NOTHING_YET
    const elapsedUs = (current.atMs - previous.atMs) * US_PER_MS
    const usedUs = increase(previous.usageUs, current.usageUs)
    const periods = increase(previous.periodCount, current.periodCount)
    const throttled = increase(previous.throttledCount, current.throttledCount)
    return {
      usagePercent:
        usedUs === null || elapsedUs <= 0 ? null : clampPercent((usedUs / elapsedUs / quota.limitCores) * 100),
      throttledPercent: sharePercent(throttled, periods),
    }
  }

  forget(): void {
    this.#previous = null
  }
}

const NOTHING_YET: CpuOfQuota = { usagePercent: null, throttledPercent: null }

function readUsage(options: {
  root: string
  directory: string
  cpu: CgroupChain
  cpuacct: CgroupChain | null
  nowMs: number
}): Reading {
  const { root, directory, cpu, cpuacct, nowMs } = options
  const stat = readKernelFile(root, `${directory}/cpu.stat`)
  const usageUs =
    cpu.version === 2 ? keyed(stat, 'usage_usec', directory) : usageV1(root, twinDirectory(directory, cpu, cpuacct))
  return {
    directory,
    atMs: nowMs,
    usageUs,
    periodCount: keyed(stat, 'nr_periods', directory),
    throttledCount: keyed(stat, 'nr_throttled', directory),
  }
}

/** `max 100000` or `50000 100000`; the root cgroup has no such file. */
function quotaV2(root: string, directory: string): number | null {
  const path = `${directory}/cpu.max`
  const text = readKernelFile(root, path)
  if (text === null) return null
  const [quota, period] = text.trim().split(' ')
  return quota === 'max' ? null : cores(parseCount(quota, path), parseCount(period, path), path)
}

function quotaV1(root: string, directory: string): number | null {
  const path = `${directory}/cpu.cfs_quota_us`
  const quota = readKernelFile(root, path)
  const period = readKernelFile(root, `${directory}/cpu.cfs_period_us`)
  if (quota === null || period === null || quota.trim() === '-1') return null
  return cores(parseCount(quota, path), parseCount(period, path), path)
}

function cores(quota: number, period: number, path: string): number {
  if (quota === 0 || period === 0) throw new Error(`${path}: expected a quota and a period above 0`)
  return quota / period
}

/** The cgroup of the same path in the hierarchy that accounts CPU time, which v1 may mount elsewhere. */
function twinDirectory(directory: string, cpu: CgroupChain, cpuacct: CgroupChain | null): string | null {
  if (cpuacct === null || cpuacct.version !== 1) return null
  const twin = cpuacct.mountPoint + directory.slice(cpu.mountPoint.length)
  return cpuacct.directories.includes(twin) ? twin : null
}

function usageV1(root: string, directory: string | null): number | null {
  if (directory === null) return null
  const path = `${directory}/cpuacct.usage`
  const text = readKernelFile(root, path)
  return text === null ? null : parseCount(text, path) / NS_PER_US
}

function keyed(text: string | null, key: string, directory: string): number | null {
  const match = text === null ? null : new RegExp(`^${key} (.*)$`, 'm').exec(text)
  return match === null ? null : parseCount(match[1], `${directory}/cpu.stat ${key}`)
}

function increase(previous: number | null, current: number | null): number | null {
  return previous === null || current === null || current < previous ? null : current - previous
}

function sharePercent(throttled: number | null, periods: number | null): number | null {
  if (throttled === null || periods === null) return null
  return periods === 0 ? 0 : clampPercent((throttled / periods) * 100) // periods only pass while something wants to run
}
