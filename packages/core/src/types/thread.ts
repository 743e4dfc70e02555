import type { MessagePort } from 'node:worker_threads'

/** A part that works in the monitor's thread, beside the system collectors. */
export interface ThreadExtension {
  /** Part under which its faults are reported. */
  readonly name: string
  /** A module that exports `start: StartInThread`. */
  readonly url: URL
  /** What `start` is given; asked anew each time the thread is started again. */
  connect(): { data: unknown; transfer: MessagePort[] }
}

/** Returns what ends it. The thread ends after that promise, so whatever must not be cut off is waited for in it. */
export type StartInThread<T> = (data: T) => () => Promise<void>
