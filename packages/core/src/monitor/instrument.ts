// Times the methods of one object by shadowing them on that object: its class and its prototype stay as they are.
import { PerfMonitorError } from '../errors.js'
import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'
import { methodNames } from './methods.js'
import { track } from './track.js'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** One monitor's interest in a method. Holds nothing of the target: `undo` keeps it. */
interface Timing {
  readonly tracker: Tracker
  readonly operation: Operation
}

/** A method's stand-in on one object; monitors that time the same method share it, and the last one takes it away. */
interface Shadow {
  readonly name: string
  readonly timed: Method
  /** What the object itself had there; `undefined`: the method was inherited. */
  readonly own: PropertyDescriptor | undefined
  readonly timings: Timing[]
}

/** Takes the shadows away again. Holds the target weakly: what the app drops is collected, instrumented or not. */
export interface Undo {
  (): void
  /** Whether the target was collected: nothing is left to undo. */
  readonly isGone: boolean
}

const shadowsOfTarget = new WeakMap<object, Shadow[]>()
const shadowOfTimed = new WeakMap<Method, Shadow>()

/** @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, and then nothing is shadowed */
export function instrumentObject(
  tracker: Tracker,
  component: string,
  target: object,
  methods?: readonly string[],
): Undo {
  const names = methods === undefined ? methodNames(target) : checkedNames(target, methods)
  if (names.length === 0 && methods === undefined) {
    throw invalid(`${className(target)} has no methods of its own: name those to be timed in \`methods\``)
  }
  const timings = names.map((name) => ({
    name,
    timing: { tracker, operation: tracker.operation(component, `${className(target)}.${name}`) },
  }))
  const added: Timing[] = []
  const undo = undoOf(new WeakRef(target), added)
  for (const { name, timing } of timings) {
    try {
      if (addTiming(target, name, timing)) added.push(timing)
    } catch (error) {
      undo()
      throw invalid(`\`${name}\` of ${className(target)} cannot be shadowed: is it frozen, sealed or a module?`, error)
    }
  }
  return undo
}

/** Whether it was added: a second call of the same monitor must not count every call twice. */
function addTiming(target: object, name: string, timing: Timing): boolean {
  const original = Reflect.get(target, name) as Method
  const present = shadowOfTimed.get(original)
  if (present?.timings.some(({ tracker }) => tracker === timing.tracker)) return false
  const shadows = shadowsOfTarget.get(target) ?? []
  if (present !== undefined && shadows.includes(present)) {
    present.timings.push(timing)
    return true
  }
  const own = Object.getOwnPropertyDescriptor(target, name)
  const timings = [timing]
  const timed = timedMethod(original, timings)
  const enumerable = own?.enumerable ?? false
  Object.defineProperty(target, name, { value: timed, configurable: true, writable: true, enumerable })
  const shadow = { name, timed, own, timings }
  shadowsOfTarget.set(target, [...shadows, shadow])
  shadowOfTimed.set(timed, shadow)
  return true
}

/**
 * A proxy, not a function around the method: what hangs on the method (`util.promisify.custom`, counters of a test double), its
 * name, length and prototype stay the method's own, and `new` makes what it made. Costs 20 ns a call more.
 */
function timedMethod(original: Method, timings: readonly Timing[]): Method {
  const timed: Method = new Proxy(original, {
    apply: (_original, self, args) => runTimed(timings, () => Reflect.apply(original, self, args)),
    construct(_original, args, newTarget) {
      const made = newTarget === timed ? original : newTarget // else `new.target` in it would be ours
      return runTimed(timings, () => Reflect.construct(original, args, made)) as object
    },
  })
  return timed
}

function runTimed(timings: readonly Timing[], call: () => unknown): unknown {
  let run = call
  for (const { tracker, operation } of timings) {
    const inner = run
    run = () => track(tracker, operation, inner)
  }
  return run()
}

function undoOf(target: WeakRef<object>, added: Timing[]): Undo {
  const undo = () => {
    const object = target.deref()
    if (object !== undefined) removeTimings(object, new Set(added.splice(0)))
  }
  return Object.defineProperty(undo, 'isGone', { get: () => target.deref() === undefined }) as Undo
}

/** Shadows that somebody wrapped meanwhile stay, as theirs would break; they pass calls on untimed. */
function removeTimings(target: object, removed: ReadonlySet<Timing>): void {
  const left: Shadow[] = []
  for (const shadow of shadowsOfTarget.get(target) ?? []) {
    shadow.timings.splice(0, Number.POSITIVE_INFINITY, ...shadow.timings.filter((timing) => !removed.has(timing)))
    if (shadow.timings.length > 0) left.push(shadow)
    else takeAway(target, shadow)
  }
  shadowsOfTarget.set(target, left)
}

function takeAway(target: object, { name, timed, own }: Shadow): void {
  if (Object.getOwnPropertyDescriptor(target, name)?.value !== timed) return
  if (own === undefined) Reflect.deleteProperty(target, name)
  else Reflect.defineProperty(target, name, own)
}

function checkedNames(target: object, methods: readonly string[]): readonly string[] {
  if (!Array.isArray(methods)) throw invalid(`\`methods\` must be an array of names, got ${typeof methods}`)
  const missing = methods.filter((name) => typeof Reflect.get(target, name) !== 'function')
  if (missing.length === 0) return methods
  throw invalid(`\`methods\` names what ${className(target)} has no method for: ${missing.map(String).join(', ')}`)
}

function className(target: object): string {
  const name = target.constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'object'
}

function invalid(message: string, cause?: unknown): PerfMonitorError {
  return new PerfMonitorError('PERF_ARGUMENT_INVALID', message, { cause })
}
