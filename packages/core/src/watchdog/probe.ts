// What the main thread answers in the middle of a block: where it is and which operation runs.
import { installProbe, type Probe, type ProbedFrame, stackFrames } from '../inspect/probe.js'
import type { Heart } from './heart.js'

export interface ProbeAnswer {
  /** The counter, read in the same moment: whether this is still the block that was asked about. */
  beat: number
  atMs: number
  operation: [component: string, operation: string] | null
  /** Innermost first, without what only awaits. */
  frames: ProbedFrame[]
}

export interface ProbeOptions {
  heart: Heart
  nowMs: () => number
  /** What runs in the current async context. Must only read. */
  current: () => { component: string; operation: string } | null
}

export function installStallProbe({ heart, nowMs, current }: ProbeOptions): Probe {
  return installProbe('watchdog', (): ProbeAnswer => {
    const running = current()
    return {
      beat: heart.beats,
      atMs: nowMs(),
      operation: running === null ? null : [running.component, running.operation],
      frames: stackFrames(),
    }
  })
}
