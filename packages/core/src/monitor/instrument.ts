// Times the methods of one object by shadowing them on that object: its class and its prototype stay as they are.
import { PerfMonitorError } from '../errors.js'
import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'
import { track } from './track.js'

const INSTRUMENTED = Symbol('perf-monitor instrumented')

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Shadows the methods; returns what takes the shadows away again. */
export function instrumentObject(
  tracker: Tracker,
  component: string,
  target: object,
  methods?: readonly string[],
): () => void {
  const table = target as Record<string, unknown>
  const names = methods ?? methodNames(target)
  const missing = names.filter((name) => typeof table[name] !== 'function')
  if (missing.length > 0) {
    throw new PerfMonitorError(
      'PERF_ARGUMENT_INVALID',
      `\`methods\` names what ${className(target)} has no method for: ${missing.join(', ')}`,
    )
  }
  const undo: (() => void)[] = []
  for (const name of names) {
    const original = table[name] as Method & { [INSTRUMENTED]?: true }
    if (original[INSTRUMENTED]) continue // a second call must not count every call twice
    const own = Object.getOwnPropertyDescriptor(target, name)
    if (own !== undefined && !own.configurable) continue
    const timed = timedMethod(tracker, tracker.operation(component, `${className(target)}.${name}`), original)
    Object.defineProperty(target, name, {
      value: timed,
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? false,
    })
    undo.push(() => {
      if (table[name] !== timed) return // somebody wrapped ours meanwhile: taking it out would break theirs
      if (own === undefined) delete table[name]
      else Object.defineProperty(target, name, own)
    })
  }
  return () => {
    for (const step of undo) step()
  }
}

function timedMethod(tracker: Tracker, operation: Operation, original: Method): Method {
  const timed = function (this: unknown, ...args: unknown[]): unknown {
    return track(tracker, operation, () => Reflect.apply(original, this, args))
  }
  Object.defineProperties(timed, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
    [INSTRUMENTED]: { value: true },
  })
  return timed
}

/** Own and inherited methods, but for the constructor, accessors, `_private` ones and Object's own. */
function methodNames(target: object): string[] {
  const names = new Set<string>()
  for (let object = target; object !== null && object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    if (object === Function.prototype) break
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_') && !isClass(value))
        names.add(name)
    }
  }
  return [...names]
}

function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

function className(target: object): string {
  const name = target.constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'object'
}
