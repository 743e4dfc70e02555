// A question that the main thread answers in the middle of whatever it does: the inspector evaluates it at V8's next interrupt
// check, on top of the stack that runs. Nothing is paused, so nothing can be left paused.
import { randomUUID } from 'node:crypto'

const MAX_FRAMES = 60 // deep enough to find the app's frame below a framework's and a library's

/** Function, url, line, column. */
export type ProbedFrame = [string | null, string | null, number | null, number | null]

export interface Probe {
  /** For `Runtime.evaluate`. Its value is JSON, or `null`; it never throws. */
  expression: string
  remove: () => void
}

/** `answer` must only read. */
export function installProbe(part: string, answer: () => unknown): Probe {
  const name = `perf-monitor.${part}.${randomUUID()}`
  const key = Symbol.for(name)
  const value = () => {
    try {
      return JSON.stringify(answer())
    } catch {
      return null
    }
  }
  Object.defineProperty(globalThis, key, { value, configurable: true, enumerable: false })
  return {
    expression: `globalThis[Symbol.for(${JSON.stringify(name)})]?.() ?? null`,
    remove: () => {
      Reflect.deleteProperty(globalThis, key)
    },
  }
}

/** Innermost first, without what only awaits. The app may have its own `prepareStackTrace`: it must neither run nor see ours. */
export function stackFrames(): ProbedFrame[] {
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
