// The machine, or the container when it has limits. OpenTelemetry's names; where promtool objects to one, docs/metrics.md says so.
import type { ExpositionInput, Metric, NumberSample } from './metric.js'
import { figure, ratio, seconds } from './metric.js'

type Samples = Generator<NumberSample, void, undefined>

const READ = { disk_io_direction: 'read' }
const WRITE = { disk_io_direction: 'write' }
const RECEIVE = { network_io_direction: 'receive' }
const TRANSMIT = { network_io_direction: 'transmit' }

/** All processes of a host see the same machine: prom-client's cluster registry takes the first. */
function gauge(unit: Metric['unit'], help: string, samples: Metric['samples']): Metric {
  return { type: 'gauge', unit, help, aggregator: 'first', samples }
}

export const SYSTEM_METRICS: Readonly<Record<string, Metric>> = {
  system_cpu_utilization_ratio: gauge('ratio', 'Share of the CPU time of all cores that is in use.', ({ system }) =>
    figure(ratio(system?.cpuUsagePercent)),
  ),
  system_cpu_load_average_1m: gauge('', 'Load average over 1 minute.', ({ system }) =>
    figure(system?.loadAverage?.[0]),
  ),
  system_cpu_load_average_5m: gauge('', 'Load average over 5 minutes.', ({ system }) =>
    figure(system?.loadAverage?.[1]),
  ),
  system_cpu_load_average_15m: gauge('', 'Load average over 15 minutes.', ({ system }) =>
    figure(system?.loadAverage?.[2]),
  ),
  system_memory_usage_bytes: gauge('bytes', 'Memory in use.', ({ system }) =>
    figure(system?.memoryUsedBytes, { system_memory_state: 'used' }),
  ),
  system_memory_limit_bytes: gauge('bytes', 'Memory there is.', ({ system }) => figure(system?.memoryTotalBytes)),
  system_memory_utilization_ratio: gauge('ratio', 'Share of the memory that is in use.', ({ system }) =>
    figure(share(system?.memoryUsedBytes, system?.memoryTotalBytes), { system_memory_state: 'used' }),
  ),
  system_memory_linux_available_bytes: gauge('bytes', 'Memory that can be used without swapping.', ({ system }) =>
    figure(system?.memoryAvailableBytes),
  ),
  system_paging_usage_bytes: gauge('bytes', 'Swap in use.', ({ system }) =>
    figure(system?.swapUsedBytes, { system_paging_state: 'used' }),
  ),
  system_filesystem_usage_bytes: gauge('bytes', 'Space of each file system, by state.', filesystemUsage),
  system_filesystem_limit_bytes: gauge('bytes', 'Size of each file system.', (input) =>
    filesystems(input, ({ totalBytes }) => totalBytes),
  ),
  system_filesystem_utilization_ratio: gauge('ratio', 'Share of each file system in use, as df shows it.', (input) =>
    filesystems(input, ({ usedPercent }) => usedPercent / 100),
  ),
  system_disk_io_bytes_per_second: gauge('', 'Disk bytes transferred a second.', diskRates),
  system_network_io_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    help: 'Network bytes transferred over all interfaces but loopback.',
    aggregator: 'first',
    samples: networkBytes,
  },
  system_network_connect_seconds: {
    ...gauge('seconds', 'Mean connect time of outbound TCP connections in the last sampling interval.', ({ system }) =>
      figure(seconds(system?.networkLatencyMs)),
    ),
    aggregator: 'average', // each process measures its own connections
  },
  system_processes: gauge('', 'Processes on this machine.', ({ system }) => figure(system?.processCount)),
  system_uptime_seconds: gauge('seconds', 'How long the machine has been running.', ({ system }) =>
    figure(system?.uptimeSeconds),
  ),
  system_container_cpu_limit_cores: gauge('', 'CPU quota of the container, in cores.', ({ system }) =>
    figure(system?.container?.cpuLimitCores),
  ),
  system_container_cpu_throttled_ratio: gauge(
    'ratio',
    'Share of the scheduling periods in which the CPU quota stopped the container.',
    ({ system }) => figure(ratio(system?.container?.throttledPercent)),
  ),
  system_container_memory_limit_bytes: gauge('bytes', 'Memory limit of the container.', ({ system }) =>
    figure(system?.container?.memoryLimitBytes),
  ),
  system_container_memory_usage_bytes: gauge('bytes', 'Working set of the container.', ({ system }) =>
    figure(system?.container?.memoryUsedBytes),
  ),
  system_pressure_ratio: gauge(
    'ratio',
    'Share of the last 10 seconds in which some task waited for the resource.',
    pressure,
  ),
}

function* filesystemUsage({ system }: ExpositionInput): Samples {
  for (const disk of distinctDisks(system)) {
    const labels = { system_filesystem_mountpoint: disk.mount, system_filesystem_type: disk.type }
    const reserved = disk.totalBytes - disk.usedBytes - disk.availableBytes
    yield* figure(disk.usedBytes, { ...labels, system_filesystem_state: 'used' })
    yield* figure(disk.availableBytes, { ...labels, system_filesystem_state: 'free' })
    yield* figure(Math.max(0, reserved), { ...labels, system_filesystem_state: 'reserved' })
  }
}

type Disk = NonNullable<NonNullable<ExpositionInput['system']>['disks']>[number]

function* filesystems({ system }: ExpositionInput, read: (disk: Disk) => number): Samples {
  for (const disk of distinctDisks(system)) {
    yield* figure(read(disk), { system_filesystem_mountpoint: disk.mount, system_filesystem_type: disk.type })
  }
}

/** A file system mounted over another has the same mount point: the later one is what a path leads to. */
function distinctDisks(system: ExpositionInput['system']): Iterable<Disk> {
  return new Map((system?.disks ?? []).map((disk) => [disk.mount, disk])).values()
}

function* diskRates({ system }: ExpositionInput): Samples {
  yield* figure(system?.diskReadBytesPerSecond, READ)
  yield* figure(system?.diskWriteBytesPerSecond, WRITE)
}

function* networkBytes({ system }: ExpositionInput): Samples {
  yield* figure(system?.networkRxBytes, RECEIVE)
  yield* figure(system?.networkTxBytes, TRANSMIT)
}

function* pressure({ system }: ExpositionInput): Samples {
  for (const resource of ['cpu', 'memory', 'io'] as const) {
    yield* figure(ratio(system?.pressure?.[resource]), { resource })
  }
}

function share(used: number | null | undefined, total: number | null | undefined): number | null {
  return typeof used === 'number' && typeof total === 'number' && total > 0 ? used / total : null
}
