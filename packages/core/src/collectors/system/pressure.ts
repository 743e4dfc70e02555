import type { PressureMetrics, SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, Containment } from './collector.js'
import { describe, readKernelFile } from './kernel-file.js'

/** Pressure stall information, of the container where the kernel keeps it per cgroup (v2), otherwise of the machine. */
export class PressureCollector {
  readonly part = 'system.pressure'
  readonly #root: string
  readonly #guard: Containment

  constructor({ root, guard }: Pick<CollectorOptions, 'root'> & { guard: Containment }) {
    this.#root = root
    this.#guard = guard
  }

  /** `cgroupDirectory`: of the limited cgroup v2, `null` outside of one. */
  read(cgroupDirectory: string | null): Partial<SystemMetrics> {
    const share = (resource: keyof PressureMetrics) =>
      this.#guard.run(this.part, () => this.#share(resource, cgroupDirectory), null)
    const pressure = { cpu: share('cpu'), memory: share('memory'), io: share('io') }
    const isEmpty = pressure.cpu === null && pressure.memory === null && pressure.io === null
    return { pressure: isEmpty ? null : pressure }
  }

  #share(resource: keyof PressureMetrics, cgroupDirectory: string | null): number | null {
    const ofCgroup = cgroupDirectory === null ? null : this.#read(`${cgroupDirectory}/${resource}.pressure`)
    return ofCgroup ?? this.#read(`/proc/pressure/${resource}`)
  }

  #read(path: string): number | null {
    const text = readKernelFile(this.#root, path)
    if (text === null) return null
    const match = /^some avg10=(\d+(?:\.\d+)?) /.exec(text)
    if (match === null) throw new Error(`${path}: expected "some avg10=", got ${describe(text)}`)
    return Number(match[1])
  }
}
