import type { SystemMetrics } from '../../types/metrics.js'
import { type CollectorOptions, clampPercent, type SystemCollector } from './collector.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const FILE = '/proc/stat'
// the kernel's idle and iowait counters of one core may step back by a few ticks; further back is a core that was offline
const IDLE_STEP_BACK_TICKS = 10

interface Ticks {
  busy: number
  idle: number
}

interface Reading {
  all: Ticks
  cores: Map<string, Ticks>
}

/** CPU use as `top` has it: iowait is idle, steal is busy, guest time is inside user time already. */
export class CpuCollector implements SystemCollector {
  readonly part = 'system.cpu'
  readonly #root: string
  #previous: Reading | null = null
  #coreCount: number | null = null

  constructor({ root }: Pick<CollectorOptions, 'root'>) {
    this.#root = root
  }

  /** Cores online at the last reading. */
  get coreCount(): number | null {
    return this.#coreCount
  }

  read(): Partial<SystemMetrics> {
    const previous = this.#previous
    this.#previous = null // a reading that fails must not leave a base from before it
    this.#coreCount = null
    const text = readKernelFile(this.#root, FILE)
    if (text === null) return {}
    const current = parseStat(text)
    this.#previous = current
    this.#coreCount = current.cores.size || null
    if (previous === null) return {}
    return { cpuUsagePercent: usedPercent(previous.all, current.all), cpuCoresPercent: coresPercent(previous, current) }
  }
}

function parseStat(text: string): Reading {
  let all: Ticks | null = null
  const cores = new Map<string, Ticks>()
  let start = 0
  // the lines of the cores come first; `intr`, the next one, is kilobytes long
  while (text.startsWith('cpu', start)) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const [name = '', ...columns] = text.slice(start, end).split(/\s+/)
    const ticks = parseTicks(columns)
    if (name === 'cpu') all = ticks
    else cores.set(name, ticks)
    start = end + 1
  }
  if (all === null) throw new Error(`${FILE}: no cpu line`)
  return { all, cores }
}

function parseTicks(columns: string[]): Ticks {
  const tick = (index: number) => parseCount(columns[index], FILE)
  const optional = (index: number) => (columns[index] ? tick(index) : 0) // steal came with 2.6.11
  // user nice system idle iowait irq softirq steal (guest guest_nice: counted in user and nice)
  return { busy: tick(0) + tick(1) + tick(2) + optional(5) + optional(6) + optional(7), idle: tick(3) + optional(4) }
}

function usedPercent(previous: Ticks, current: Ticks): number | null {
  const busy = current.busy - previous.busy
  const idle = current.idle - previous.idle
  if (busy < 0 || idle < -IDLE_STEP_BACK_TICKS) return null
  const total = busy + Math.max(0, idle)
  return total === 0 ? null : clampPercent((busy / total) * 100)
}

/** `null` unless every core has a figure: a gap would shift the others to wrong cores. */
function coresPercent(previous: Reading, current: Reading): number[] | null {
  if (current.cores.size === 0 || current.cores.size !== previous.cores.size) return null
  const percents: number[] = []
  for (const [name, ticks] of current.cores) {
    const before = previous.cores.get(name)
    const percent = before === undefined ? null : usedPercent(before, ticks)
    if (percent === null) return null
    percents.push(percent)
  }
  return percents
}
