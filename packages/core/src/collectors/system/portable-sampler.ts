// Other systems than Linux: what `systeminformation` gives, some of it by child processes, hence one round at a time and slowly.
import { loadavg, uptime } from 'node:os'
import type { Systeminformation } from 'systeminformation'
import type { DiskMetrics, SystemMetrics } from '../../types/metrics.js'
import { type CollectorOptions, type Containment, clampPercent, EMPTY_SYSTEM_METRICS } from './collector.js'
import { type Counters, counterIncrease } from './counter-increase.js'
import type { SystemReader } from './sampler.js'

const ROUND_MS = 5000 // `fsSize` and, on some systems, `mem` start a child process
const STALE_MS = 30_000
const PART = 'system.portable'

export type SystemInformation = Pick<
  typeof import('systeminformation'),
  'currentLoad' | 'mem' | 'fsSize' | 'fsStats' | 'networkStats'
>

export interface PortableSamplerOptions extends Omit<CollectorOptions, 'root'> {
  guard: Containment
  ioMonitoring: boolean
  /** `loadavg` of Windows is always 0, that is: not measured. */
  platform: NodeJS.Platform
  load?: () => Promise<SystemInformation>
}

interface IoReading {
  network: Counters
  disks: Counters
  atMs: number
}

export class PortableSampler implements SystemReader {
  readonly #options: PortableSamplerOptions
  #pending: Promise<void> | null = null
  #figures: { metrics: Partial<SystemMetrics>; atMs: number } | null = null
  #io: IoReading | null = null

  constructor(options: PortableSamplerOptions) {
    this.#options = options
  }

  prepare(): Promise<void> {
    this.#pending ??= this.#round().finally(() => {
      this.#pending = null
    })
    return this.#pending
  }

  read(): SystemMetrics {
    const now = this.#options.monotonicMs()
    if (this.#figures === null || now - this.#figures.atMs >= ROUND_MS) void this.prepare()
    const isStale = this.#figures === null || now - this.#figures.atMs > STALE_MS
    return {
      ...EMPTY_SYSTEM_METRICS,
      uptimeSeconds: uptime(),
      loadAverage: this.#options.platform === 'win32' ? null : (loadavg() as [number, number, number]),
      ...(isStale ? {} : this.#figures?.metrics),
    }
  }

  async #round(): Promise<void> {
    const { guard, load, ioMonitoring, monotonicMs } = this.#options
    try {
      const information = await (load ?? importSystemInformation)()
      const ask = async <T>(question: () => Promise<T>): Promise<T | null> => {
        try {
          return await question()
        } catch (error) {
          guard.report(PART, error)
          return null
        }
      }
      const [cpu, memory, disks, io, network] = await Promise.all([
        ask(() => information.currentLoad()),
        ask(() => information.mem()),
        ioMonitoring ? ask(() => information.fsSize()) : null,
        ioMonitoring ? ask(() => information.fsStats()) : null,
        ioMonitoring ? ask(() => information.networkStats('*')) : null,
      ])
      const atMs = monotonicMs()
      const rates = this.#rates({ network: networkCounters(network), disks: diskCounters(io), atMs })
      this.#figures = { metrics: { ...cpuOf(cpu), ...memoryOf(memory), ...disksOf(disks), ...rates }, atMs }
    } catch (error) {
      guard.report(PART, error)
    }
  }

  #rates(current: IoReading): Partial<SystemMetrics> {
    const previous = this.#io
    this.#io = current
    const seconds = previous === null ? 0 : (current.atMs - previous.atMs) / 1000
    const rate = (kind: 'network' | 'disks') =>
      previous === null || seconds <= 0 || current[kind].size === 0
        ? null
        : (counterIncrease(previous[kind], current[kind], 2)?.map((increase) => increase / seconds) ?? null)
    const network = rate('network')
    const disks = rate('disks')
    const total = (column: number) =>
      current.network.size === 0
        ? null
        : [...current.network.values()].reduce((sum, counts) => sum + (counts[column] ?? 0), 0)
    return {
      networkRxBytes: total(0),
      networkTxBytes: total(1),
      networkRxBytesPerSecond: network?.[0] ?? null,
      networkTxBytesPerSecond: network?.[1] ?? null,
      diskReadBytesPerSecond: disks?.[0] ?? null,
      diskWriteBytesPerSecond: disks?.[1] ?? null,
    }
  }
}

async function importSystemInformation(): Promise<SystemInformation> {
  const module = await import('systeminformation')
  return module.default ?? module // CommonJS: its functions are on the default export
}

function cpuOf(load: Systeminformation.CurrentLoadData | null): Partial<SystemMetrics> {
  if (load === null || !Number.isFinite(load.currentLoad)) return {}
  const cores = load.cpus.map((core) => clampPercent(core.load))
  return { cpuUsagePercent: clampPercent(load.currentLoad), cpuCoresPercent: cores.length === 0 ? null : cores }
}

function memoryOf(memory: Systeminformation.MemData | null): Partial<SystemMetrics> {
  if (memory === null || !(memory.total > 0)) return {}
  return {
    memoryTotalBytes: memory.total,
    memoryAvailableBytes: memory.available,
    memoryUsedBytes: Math.max(0, memory.total - memory.available),
    swapUsedBytes: memory.swapused,
  }
}

function disksOf(sizes: Systeminformation.FsSizeData[] | null): Partial<SystemMetrics> {
  const disks = (sizes ?? []).filter((size) => size.size > 0).map(toDisk)
  if (disks.length === 0) return {}
  return {
    disks,
    diskTotalBytes: disks.reduce((sum, disk) => sum + disk.totalBytes, 0),
    diskUsedBytes: disks.reduce((sum, disk) => sum + disk.usedBytes, 0),
  }
}

function toDisk(size: Systeminformation.FsSizeData): DiskMetrics {
  const usable = size.used + size.available
  return {
    mount: size.mount,
    type: size.type,
    totalBytes: size.size,
    usedBytes: size.used,
    availableBytes: size.available,
    usedPercent: usable === 0 ? 0 : (size.used / usable) * 100,
  }
}

function networkCounters(interfaces: Systeminformation.NetworkStatsData[] | null): Counters {
  const real = (interfaces ?? []).filter(({ iface }) => !/^lo\d*$/.test(iface))
  return new Map(real.map(({ iface, rx_bytes, tx_bytes }) => [iface, [rx_bytes, tx_bytes]]))
}

/** `rx` is read and `wx` written (`tx` is their sum); Windows has none. */
function diskCounters(stats: Systeminformation.FsStatsData | null): Counters {
  return stats === null || stats.rx === null || stats.wx === null ? new Map() : new Map([['all', [stats.rx, stats.wx]]])
}
