import type { Guard } from '../guard.js'
import type { ThreadFault } from './thread-messages.js'

const MAX_FAULTS = 50 // parts of one sample; there are about ten

/** Stands for the guard inside the thread: collects the faults of one sample, for the main thread to report. */
export class ThreadFaults implements Pick<Guard, 'run' | 'report'> {
  readonly #faults = new Map<string, string>()

  run<T>(part: string, fn: () => T, fallback: T): T {
    try {
      return fn()
    } catch (error) {
      this.report(part, error)
      return fallback
    }
  }

  report(part: string, error: unknown): void {
    if (this.#faults.has(part) || this.#faults.size >= MAX_FAULTS) return
    this.#faults.set(part, error instanceof Error ? error.message : String(error))
  }

  take(): ThreadFault[] {
    const faults = [...this.#faults].map(([part, message]) => ({ part, message }))
    this.#faults.clear()
    return faults
  }
}
