// What the main thread answers in the middle of a block: where it is and which operation runs. The inspector evaluates it at V8's
// next interrupt check, on top of the stack that runs: nothing is paused, so nothing can be left paused.
import { randomUUID } from 'node:crypto'
import type { Heart } from './heart.js'

const MAX_FRAMES = 60 // deep enough to find the app's frame below a framework's and a library's

/** Function, url, line, column. */
export type ProbedFrame = [string | null, string | null, number | null, number | null]

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

/** Makes the probe reachable for `Runtime.evaluate`. It returns JSON, or `null`, and never throws. */
export function installProbe(options: ProbeOptions): { expression: string; remove: () => void } {
  const name = `perf-monitor.watchdog.${randomUUID()}`
  const key = Symbol.for(name)
  Object.defineProperty(globalThis, key, { value: () => answer(options), configurable: true, enumerable: false })
  return {
    expression: `globalThis[Symbol.for(${JSON.stringify(name)})]?.() ?? null`,
    remove: () => {
      Reflect.deleteProperty(globalThis, key)
    },
  }
}

function answer({ heart, nowMs, current }: ProbeOptions): string | null {
  try {
    const running = current()
    const answered: ProbeAnswer = {
      beat: heart.beats,
      atMs: nowMs(),
      operation: running === null ? null : [running.component, running.operation],
      frames: stackFrames(),
    }
    return JSON.stringify(answered)
  } catch {
    return null
  }
}

/** The app may have its own `prepareStackTrace` (source-map-support): it must neither run nor see ours. */
function stackFrames(): ProbedFrame[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = MAX_FRAMES
    Error.prepareStackTrace = (_error, sites) => sites.filter((site) => !isAwaiting(site)).map(frameOf)
    return new Error().stack as unknown as ProbedFrame[]
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** V8 adds the functions that await the running one: they do not run. `isAsync` says only that. */
function isAwaiting(site: NodeJS.CallSite): boolean {
  const { isAsync, isPromiseAll } = site as NodeJS.CallSite & { isAsync?(): boolean; isPromiseAll?(): boolean }
  return isAsync?.call(site) === true || isPromiseAll?.call(site) === true
}

function frameOf(site: NodeJS.CallSite): ProbedFrame {
  return [site.getFunctionName(), site.getFileName() ?? null, site.getLineNumber(), site.getColumnNumber()]
}
