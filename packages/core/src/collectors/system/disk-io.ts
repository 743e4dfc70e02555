import type { SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, SystemCollector } from './collector.js'
import { type Counters, counterIncrease } from './counter-increase.js'
import { parseCount, readKernelFile } from './kernel-file.js'

const FILE = '/proc/diskstats'
const SECTOR_BYTES = 512 // of this file, whatever the disk's own sector size
const NAME_COLUMN = 2
const READ_SECTORS_COLUMN = 5
const WRITTEN_SECTORS_COLUMN = 9
// these sit on disks that are counted themselves (dm, md, loop, drbd, bcache, zd) or on memory (ram, zram), or hardly count (sr, fd)
const NOT_A_DISK = /^(?:dm-|md|loop|drbd|bcache|zd|z?ram|sr|fd)\d|^nvme\d+c\d+n\d+/ // the last: one path of a multipath disk

/** Bytes read from and written to whole disks. */
export class DiskIoCollector implements SystemCollector {
  readonly part = 'system.disk-io'
  readonly #root: string
  readonly #monotonicMs: () => number
  #previous: { disks: Counters; atMs: number } | null = null

  constructor({ root, monotonicMs }: CollectorOptions) {
    this.#root = root
    this.#monotonicMs = monotonicMs
  }

  read(): Partial<SystemMetrics> {
    const previous = this.#previous
    this.#previous = null
    const text = readKernelFile(this.#root, FILE)
    if (text === null) return {}
    const current = { disks: wholeDisks(parseDiskstats(text)), atMs: this.#monotonicMs() }
    if (current.disks.size === 0) return {}
    this.#previous = current
    const seconds = previous === null ? 0 : (current.atMs - previous.atMs) / 1000
    const increase = previous === null || seconds <= 0 ? null : counterIncrease(previous.disks, current.disks, 2)
    if (increase === null) return {}
    const [read = 0, written = 0] = increase
    return {
      diskReadBytesPerSecond: (read * SECTOR_BYTES) / seconds,
      diskWriteBytesPerSecond: (written * SECTOR_BYTES) / seconds,
    }
  }
}

function parseDiskstats(text: string): Map<string, readonly number[]> {
  const devices = new Map<string, readonly number[]>()
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const columns = line.trim().split(/\s+/)
    const name = columns[NAME_COLUMN]
    if (name === undefined) throw new Error(`${FILE}: a line without a device`)
    if (NOT_A_DISK.test(name)) continue
    devices.set(name, [
      parseCount(columns[READ_SECTORS_COLUMN], FILE),
      parseCount(columns[WRITTEN_SECTORS_COLUMN], FILE),
    ])
  }
  return devices
}

/** A partition is what is named after another device here: `sda1`, `nvme0n1p2`. `xvda1` with no `xvda` is a whole disk. */
function wholeDisks(devices: Map<string, readonly number[]>): Counters {
  for (const name of [...devices.keys()]) {
    const number = /\d+$/.exec(name)
    if (number === null) continue
    const parent = name.slice(0, number.index)
    const isPartition = devices.has(parent) || (/\dp$/.test(parent) && devices.has(parent.slice(0, -1)))
    if (isPartition) devices.delete(name)
  }
  return devices
}
