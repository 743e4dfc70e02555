// Event emitters with more listeners than their limit (Node's default is 10): Node warns once of each, and tells where the last was added.
import { type EventEmitter, getEventListeners } from 'node:events'
import type { Guard } from '../guard.js'
import { frameOfStack, type RawFrame } from '../tracker/frames.js'
import type { ResourceSite } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { Running } from './observation.js'

const PART = 'census'
const WARNING = 'MaxListenersExceededWarning'
const MAX_WARNINGS = 200 // emitters; an app that makes one a request gets one a request

export interface ListenersOptions {
  guard: Guard
  current: () => Running | null
  resolve: (frame: RawFrame) => SourceLocation
}

interface Warned {
  readonly emitter: WeakRef<object>
  readonly event: string | symbol
  readonly limit: number
  readonly frame: RawFrame | null
  readonly running: Running | null
}

export class CrowdedEmitters {
  readonly #options: ListenersOptions
  #warned: Warned[] = []

  constructor(options: ListenersOptions) {
    this.#options = options
  }

  /** A listener beside Node's own: what it prints, it still prints. */
  start(): void {
    process.on('warning', this.#onWarning)
  }

  stop(): void {
    process.off('warning', this.#onWarning)
    this.#warned = []
  }

  /** Those that still have too many listeners, by place. `created`: listeners beyond the limit; `alive`: the same. */
  sites(): ResourceSite[] {
    const sites = new Map<string, ResourceSite>()
    this.#warned = this.#warned.filter(({ emitter }) => emitter.deref() !== undefined)
    for (const { emitter, event, limit, frame, running } of this.#warned) {
      const beyond = listenersOf(emitter.deref(), event) - limit
      if (beyond <= 0) continue
      const key = `${frame?.line}:${frame?.column}:${frame?.url} ${running?.component} ${running?.operation}`
      let site = sites.get(key)
      if (site === undefined) {
        const location = frame === null ? null : this.#options.resolve(frame)
        site = {
          type: 'Listener',
          location,
          stack: location === null ? [] : [location],
          component: running?.component ?? null,
          operation: running?.operation ?? null,
          created: 0,
          alive: 0,
        }
        sites.set(key, site)
      }
      site.created += beyond
      site.alive += beyond
    }
    return [...sites.values()].sort((a, b) => b.alive - a.alive)
  }

  readonly #onWarning = (warning: Error): void => {
    if (warning?.name !== WARNING) return
    this.#options.guard.run(PART, () => this.#add(warning as Warning), undefined)
  }

  #add({ emitter, type, count, stack }: Warning): void {
    if (typeof emitter !== 'object' || emitter === null || type === undefined) return
    const running = this.#options.current()
    this.#warned.push({
      emitter: new WeakRef(emitter),
      event: type,
      limit: typeof count === 'number' ? count - 1 : 0, // it comes with the first listener that is too many
      frame: typeof stack === 'string' ? frameOfStack(stack) : null,
      // names only: a span would keep its request
      running: running === null ? null : { component: running.component, operation: running.operation },
    })
    if (this.#warned.length > MAX_WARNINGS) this.#warned.shift()
  }
}

interface Warning extends Error {
  readonly emitter?: unknown
  readonly type?: string | symbol
  readonly count?: unknown
}

function listenersOf(emitter: object | undefined, event: string | symbol): number {
  try {
    return emitter === undefined ? 0 : getEventListeners(emitter as EventEmitter, event as string).length
  } catch {
    return 0 // neither an EventEmitter nor an EventTarget
  }
}
