import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { type Counters, counterIncrease } from './counter-increase.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const FILE = '/proc/self/net/dev' // of this process's network namespace: the container's interfaces
const HEADER_LINES = 2
const TX_BYTES_COLUMN = 8

/** Traffic over all interfaces but loopback. */
export class NetworkCollector implements SystemCollector {
  readonly part = 'system.network'
  readonly #root: string
  readonly #monotonicMs: () => number
  #previous: { interfaces: Counters; atMs: number } | null = null

  constructor({ root, monotonicMs }: CollectorOptions) {
    this.#root = root
    this.#monotonicMs = monotonicMs
  }

  read(): Partial<SystemMetrics> {
    const previous = this.#previous
    this.#previous = null
    const text = readKernelFile(this.#root, FILE)
    if (text === null) return {}
    const current = { interfaces: parseInterfaces(text), atMs: this.#monotonicMs() }
    this.#previous = current
    let rx = 0
    let tx = 0
    for (const [rxBytes = 0, txBytes = 0] of current.interfaces.values()) {
      rx += rxBytes
      tx += txBytes
    }
    const seconds = previous === null ? 0 : (current.atMs - previous.atMs) / 1000
    const increase =
      previous === null || seconds <= 0 ? null : counterIncrease(previous.interfaces, current.interfaces, 2)
    const [rxIncrease = 0, txIncrease = 0] = increase ?? []
    return {
      networkRxBytes: rx,
      networkTxBytes: tx,
      networkRxBytesPerSecond: increase === null ? null : rxIncrease / seconds,
      networkTxBytesPerSecond: increase === null ? null : txIncrease / seconds,
    }
  }
}

function parseInterfaces(text: string): Counters {
  const interfaces = new Map<string, readonly number[]>()
  for (const line of text.split('\n').slice(HEADER_LINES)) {
    if (line.trim() === '') continue
    const colon = line.lastIndexOf(':') // old kernels print no space after it: `eth0:1234`
    if (colon === -1) throw new Error(`${FILE}: a line without an interface`)
    const name = line.slice(0, colon).trim()
    if (name === 'lo') continue
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
    interfaces.set(name, [parseCount(columns[0], FILE), parseCount(columns[TX_BYTES_COLUMN], FILE)])
  }
  return interfaces
}
