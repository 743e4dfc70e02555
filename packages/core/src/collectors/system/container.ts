import type { ContainerMetrics, SystemMetrics } from '../../types/metrics.js'
import { QuotaUsage, tightestCpuQuota } from './cgroup-cpu.js'
import { readCgroupMemory, tightestMemoryLimit } from './cgroup-memory.js'
import { CgroupLocator, type Cgroups } from './cgroup-paths.js'
import type { CollectorOptions, Containment } from './collector.js'

const RELOCATE_MS = 60_000 // a runtime may mount cgroups after we started; the move of a process is seen at once

/** What the machine has, against which a limit counts as one. */
export interface HostSize {
  cores: number | null
  memoryBytes: number | null
}

export interface ContainerReading {
  /** Figures that take the place of the machine's. */
  metrics: Partial<SystemMetrics>
  /** The limited cgroup where the kernel keeps pressure for it (v2). */
  pressureDirectory: string | null
}

interface Half {
  metrics: Partial<SystemMetrics>
  container: Partial<ContainerMetrics>
  directory: string
  version: 1 | 2
}

const UNLIMITED: ContainerReading = Object.freeze({ metrics: Object.freeze({}), pressureDirectory: null })

/** Limits of the cgroup (v1, v2, hybrid; the tightest one upwards), and the figures measured against them. */
export class ContainerCollector {
  readonly part = 'system.container'
  readonly #root: string
  readonly #monotonicMs: () => number
  readonly #guard: Containment
  readonly #locator: CgroupLocator
  readonly #quotaUsage: QuotaUsage
  #locatedAtMs: number | null = null

  constructor({ root, monotonicMs, guard }: CollectorOptions & { guard: Containment }) {
    this.#root = root
    this.#monotonicMs = monotonicMs
    this.#guard = guard
    this.#locator = new CgroupLocator(root)
    this.#quotaUsage = new QuotaUsage(root)
  }

  read(host: HostSize): ContainerReading {
    return this.#guard.run(this.part, () => this.#read(host), UNLIMITED)
  }

  #read(host: HostSize): ContainerReading {
    const now = this.#monotonicMs()
    if (this.#locatedAtMs === null || now - this.#locatedAtMs >= RELOCATE_MS) {
      this.#locatedAtMs = now
      this.#locator.relocate()
    }
    const cgroups = this.#locator.locate()
    if (cgroups === null) return UNLIMITED
    const cpu = this.#guard.run(this.part, () => this.#cpu(cgroups, host, now), null)
    const memory = this.#guard.run(this.part, () => this.#memory(cgroups, host), null)
    const tightest = cpu ?? memory
    if (tightest === null) return UNLIMITED
    return {
      metrics: {
        ...cpu?.metrics,
        ...memory?.metrics,
        container: {
          cpuLimitCores: null,
          memoryLimitBytes: null,
          throttledPercent: null,
          memoryUsedBytes: memory === null ? this.#ownMemory(cgroups) : null,
          ...cpu?.container,
          ...memory?.container,
        },
      },
      pressureDirectory: tightest.version === 2 ? tightest.directory : null,
    }
  }

  #cpu(cgroups: Cgroups, host: HostSize, nowMs: number): Half | null {
    const { cpu, cpuacct } = cgroups
    const quota = cpu === null ? null : tightestCpuQuota(this.#root, cpu, host.cores)
    if (cpu === null || quota === null) {
      this.#quotaUsage.forget()
      return null
    }
    const used = this.#guard.run(this.part, () => this.#quotaUsage.read({ quota, cpu, cpuacct, nowMs }), {
      usagePercent: null,
      throttledPercent: null,
    })
    return {
      // the cores' figures are the machine's: other tenants' work, which a quota does not divide by core
      metrics: { cpuUsagePercent: used.usagePercent, cpuCoresPercent: null },
      container: { cpuLimitCores: quota.limitCores, throttledPercent: used.throttledPercent },
      directory: quota.directory,
      version: cpu.version,
    }
  }

  #memory(cgroups: Cgroups, host: HostSize): Half | null {
    const chain = cgroups.memory
    const limit = chain === null ? null : tightestMemoryLimit(this.#root, chain, host.memoryBytes)
    if (chain === null || limit === null) return null
    const { limitBytes, directory } = limit
    const { workingSetBytes: used, swapUsedBytes } = this.#guard.run(
      this.part,
      () => readCgroupMemory(this.#root, directory, chain.version),
      { workingSetBytes: null, swapUsedBytes: null },
    )
    return {
      metrics: {
        memoryTotalBytes: limitBytes,
        memoryUsedBytes: used,
        memoryAvailableBytes: used === null ? null : Math.max(0, limitBytes - used),
        swapUsedBytes,
      },
      container: { memoryLimitBytes: limitBytes, memoryUsedBytes: used },
      directory,
      version: chain.version,
    }
  }

  /** Working set of a container that has a quota but no memory limit. */
  #ownMemory({ memory }: Cgroups): number | null {
    const directory = memory?.directories[0]
    if (memory === null || directory === undefined) return null
    const read = () => readCgroupMemory(this.#root, directory, memory.version).workingSetBytes
    return this.#guard.run(this.part, read, null)
  }
}
