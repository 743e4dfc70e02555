import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const FILE = '/proc/loadavg'

export class LoadCollector implements SystemCollector {
  readonly part = 'system.load'
  readonly #root: string

  constructor({ root }: Pick<CollectorOptions, 'root'>) {
    this.#root = root
  }

  read(): Partial<SystemMetrics> {
    const text = readKernelFile(this.#root, FILE)
    if (text === null) return {}
    const [one, five, fifteen] = text.split(' ')
    return { loadAverage: [parseCount(one, FILE), parseCount(five, FILE), parseCount(fifteen, FILE)] }
  }
}
