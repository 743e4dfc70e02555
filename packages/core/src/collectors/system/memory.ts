import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const FILE = '/proc/meminfo'
const BYTES_PER_KB = 1024 // the kernel's kB are 1024

/** Memory as `free` of procps 4 shows it: used is total minus available. */
export class MemoryCollector implements SystemCollector {
  readonly part = 'system.memory'
  readonly #root: string

  constructor({ root }: Pick<CollectorOptions, 'root'>) {
    this.#root = root
  }

  read(): Partial<SystemMetrics> {
    const text = readKernelFile(this.#root, FILE)
    if (text === null) return {}
    const total = field(text, 'MemTotal')
    if (total === null) throw new Error(`${FILE}: no MemTotal`)
    const available = field(text, 'MemAvailable') // since Linux 3.14; what older ones could give is a guess
    const swapTotal = field(text, 'SwapTotal')
    const swapFree = field(text, 'SwapFree')
    return {
      memoryTotalBytes: total,
      memoryAvailableBytes: available,
      memoryUsedBytes: available === null ? null : Math.max(0, total - available),
      swapUsedBytes: swapTotal === null || swapFree === null ? null : Math.max(0, swapTotal - swapFree),
    }
  }
}

function field(text: string, name: string): number | null {
  const start = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1
  if (start === 0 && !text.startsWith(`${name}:`)) return null
  const valueStart = start + name.length + 1
  const newline = text.indexOf('\n', valueStart)
  const value = text.slice(valueStart, newline === -1 ? text.length : newline)
  return parseCount(value.replace(/ kB$/, ''), `${FILE} ${name}`) * BYTES_PER_KB
}
