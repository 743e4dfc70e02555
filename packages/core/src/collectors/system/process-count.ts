import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { isNotThere, parseCount, readKernelFile } from './kernel-file.js'

const UPTIME_FILE = '/proc/uptime'

/** Processes that this one can see (those of its container), by the numeric entries of /proc. */
export class ProcessCountCollector implements SystemCollector {
  readonly part = 'system.process-count'
  readonly #root: string

  constructor({ root }: Pick<CollectorOptions, 'root'>) {
    this.#root = root
  }

  read(): Partial<SystemMetrics> {
    return { processCount: countProcesses(this.#root) }
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
