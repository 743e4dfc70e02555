// Which methods of an object are the app's or its driver's: those of its class chain, up to the first prototype of Node or JavaScript.
import { createRequire } from 'node:module'

/** Modules whose classes are extended. Those of the language are told by their native code, Node's are JavaScript as any other. */
const NODE_MODULES = [
  'node:events',
  'node:stream',
  'node:net',
  'node:tls',
  'node:http',
  'node:https',
  'node:fs',
  'node:dgram',
  'node:child_process',
  'node:worker_threads',
  'node:readline',
  'node:zlib',
  'node:async_hooks',
  'node:url',
]
const NODE_GLOBALS = [EventTarget, Event, AbortController, AbortSignal, Buffer]

let nodePrototypes: ReadonlySet<object> | null = null

/** Own and inherited methods, but for the constructor, accessors, `_private` ones, classes, and what Node's own classes bring. */
export function methodNames(target: object): string[] {
  const names = new Set<string>()
  for (let object = target; object !== null; object = Object.getPrototypeOf(object)) {
    if (isBuiltIn(object)) break
    const skipsLocked = object === target && Object.isExtensible(target) // a wholly locked object is refused instead
    for (const [name, { value, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (skipsLocked && !configurable) continue
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_') && !isClass(value))
        names.add(name)
    }
  }
  return [...names]
}

function isBuiltIn(object: object): boolean {
  if (object === Function.prototype) return true
  if (typeof object === 'function' && isNative(object)) return true // what a class with static methods extends
  nodePrototypes ??= collectNodePrototypes()
  if (nodePrototypes.has(object)) return true
  const made = Object.getOwnPropertyDescriptor(object, 'constructor')?.value
  // the prototype of a native class, of this realm or another (`vm`)
  return typeof made === 'function' && made.prototype === object && isNative(made)
}

function isNative(fn: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn))
}

/** Once, at the first call without `methods`: the modules are Node's own, and most of them are loaded anyway. */
function collectNodePrototypes(): ReadonlySet<object> {
  const require = createRequire(import.meta.url)
  const classes = NODE_MODULES.flatMap((name) => {
    const exported = require(name) as object
    return [exported, ...Object.values(Object.getOwnPropertyDescriptors(exported)).map(({ value }) => value)]
  })
  const found = new Set<object>()
  for (const exported of [...classes, ...NODE_GLOBALS]) {
    if (typeof exported !== 'function') continue
    found.add(exported)
    if (typeof exported.prototype === 'object' && exported.prototype !== null) found.add(exported.prototype)
  }
  return found
}

function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}
