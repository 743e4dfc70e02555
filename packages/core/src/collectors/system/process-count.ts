import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { isNotThere, parseCount, readKernelFile } from './kernel-file.js'

const UPTIME_FILE = '/proc/uptime'
const REFRESH_MS = 5000 // the list takes the kernel 2 us a process: most of a sample on a host with hundreds of them

/** Processes that this one can see (those of its container), by the numeric entries of /proc. */
export class ProcessCountCollector implements SystemCollector {
  readonly part = 'system.process-count'
  readonly #root: string
  readonly #monotonicMs: () => number
  #last: { count: number | null; atMs: number } | null = null

  constructor({ root, monotonicMs }: CollectorOptions) {
    this.#root = root
    this.#monotonicMs = monotonicMs
  }

  read(): Partial<SystemMetrics> {
    const nowMs = this.#monotonicMs()
    if (this.#last === null || nowMs - this.#last.atMs >= REFRESH_MS) {
      this.#last = null // what cannot be read is not shown as it was
      this.#last = { count: countProcesses(this.#root), atMs: nowMs }
    }
    return { processCount: this.#last.count }
  }
}

export class UptimeCollector implements SystemCollector {
  readonly part = 'system.uptime'
  readonly #root: string

  constructor({ root }: Pick<CollectorOptions, 'root'>) {
    this.#root = root
  }

  read(): Partial<SystemMetrics> {
    const text = readKernelFile(this.#root, UPTIME_FILE)
    return text === null ? {} : { uptimeSeconds: parseCount(text.split(' ')[0], UPTIME_FILE) }
  }
}

function countProcesses(root: string): number | null {
  let names: string[]
  try {
    names = readdirSync(join(root, 'proc'))
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
  let count = 0
  for (const name of names) if (isDigit(name.charCodeAt(0))) count++
  return count === 0 ? null : count // a real /proc holds at least this process
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
