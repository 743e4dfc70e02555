import type { SystemMetrics } from '../../types/metrics.js'
import { type CollectorOptions, type Containment, EMPTY_SYSTEM_METRICS, type SystemCollector } from './collector.js'
import { ContainerCollector } from './container.js'
import { CpuCollector } from './cpu.js'
import { DiskIoCollector } from './disk-io.js'
import { DiskSpaceCollector, type DiskSpaceOptions } from './disk-space.js'
import { LoadCollector } from './load.js'
import { MemoryCollector } from './memory.js'
import { NetworkCollector } from './network.js'
import { PressureCollector } from './pressure.js'
import { ProcessCountCollector, UptimeCollector } from './process-count.js'

export interface SystemSamplerOptions extends CollectorOptions {
  guard: Containment
  /** False: neither disks nor network interfaces are read. */
  ioMonitoring: boolean
  statfs?: DiskSpaceOptions['statfs']
}

export interface SystemReader {
  /** Settles when figures that take time are there; never rejects, and nobody has to wait for it. */
  prepare(): Promise<void>
  read(): SystemMetrics
}

/** All collectors of Linux. Each fails alone: a fault is reported, and only its fields are `null`. */
export class SystemSampler implements SystemReader {
  readonly #guard: Containment
  readonly #cpu: CpuCollector
  readonly #memory: MemoryCollector
  readonly #container: ContainerCollector
  readonly #pressure: PressureCollector
  readonly #diskSpace: DiskSpaceCollector | null
  readonly #others: SystemCollector[]

  constructor(options: SystemSamplerOptions) {
    this.#guard = options.guard
    this.#cpu = new CpuCollector(options)
    this.#memory = new MemoryCollector(options)
    this.#container = new ContainerCollector(options)
    this.#pressure = new PressureCollector(options)
    this.#diskSpace = options.ioMonitoring ? new DiskSpaceCollector(options) : null
    this.#others = [new LoadCollector(options), new ProcessCountCollector(options), new UptimeCollector(options)]
    if (options.ioMonitoring) this.#others.push(new DiskIoCollector(options), new NetworkCollector(options))
    if (this.#diskSpace !== null) this.#others.push(this.#diskSpace)
  }

  async prepare(): Promise<void> {
    await this.#diskSpace?.refresh()
  }

  read(): SystemMetrics {
    const metrics: SystemMetrics = { ...EMPTY_SYSTEM_METRICS }
    Object.assign(metrics, this.#contained(this.#cpu), this.#contained(this.#memory))
    for (const collector of this.#others) Object.assign(metrics, this.#contained(collector))
    const container = this.#container.read({ cores: this.#cpu.coreCount, memoryBytes: metrics.memoryTotalBytes })
    return Object.assign(metrics, container.metrics, this.#pressure.read(container.pressureDirectory))
  }

  #contained(collector: SystemCollector): Partial<SystemMetrics> {
    return this.#guard.run(collector.part, () => collector.read(), {})
  }
}
