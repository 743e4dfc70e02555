// How long a thread ran and how long it waited for a processor. Only Linux says it; elsewhere a busy machine can hide places and
// blocks, never invent them.
import { closeSync, openSync, readSync } from 'node:fs'

const MAX_TEXT_BYTES = 128 // three numbers

/** Since any moment. */
export interface ThreadTimes {
  /** On a processor. */
  ranMs: number
  /** Ready to run, and no processor free. */
  waitedMs: number
}

/** The file stays open: read some forty times a second, opening it would cost most. */
export class SchedulerTimes {
  readonly #buffer = Buffer.alloc(MAX_TEXT_BYTES)
  #file: number | null

  /** @param task below `/proc` */
  constructor(task: string) {
    this.#file = open(`/proc/${task}/schedstat`)
  }

  read(): ThreadTimes | null {
    if (this.#file === null) return null
    try {
      const length = readSync(this.#file, this.#buffer, 0, MAX_TEXT_BYTES, 0)
      const [ranNs = Number.NaN, waitedNs = Number.NaN] = this.#buffer
        .toString('latin1', 0, length)
        .split(' ')
        .map(Number)
      const times = { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 }
      return Number.isFinite(times.ranMs + times.waitedMs) ? times : null
    } catch {
      return null
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}

function open(path: string): number | null {
  if (process.platform !== 'linux') return null
  try {
    return openSync(path, 'r')
  } catch {
    return null
  }
}
