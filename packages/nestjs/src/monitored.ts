// `@Monitored()` needs no monitor when a class is defined: Nest injects it into each instance, as a property, with whatever
// else the instance gets. An instance that Nest did not make, or an app without the module, runs as if undecorated.
import 'reflect-metadata'
import { Inject, Optional } from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import { endOfFirstRun, isLazy, type Lazy, watchRuns } from './lazy-results.js'
import { beginRun } from './runs.js'

export interface MonitoredOptions {
  /** Of the operation; of a class, what stands before `.method`. Default: as the class and the method are called. */
  name?: string
  /** Default `service`. */
  component?: string
}

// biome-ignore lint/suspicious/noExplicitAny: methods of any signature
type Method = (this: any, ...args: any[]) => unknown

const MONITOR = Symbol('perf-monitor')
const monitors = new WeakMap<object, PerformanceMonitor>()
const wrappers = new WeakSet<Method>()

/** Times a method, or all methods of a class: until its promise is settled, its Observable or generator at its end. */
export function Monitored(options: string | MonitoredOptions = {}): MethodDecorator & ClassDecorator {
  const { name, component = 'service' } = typeof options === 'string' ? { name: options } : options
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) {
      decorateClass((target as { prototype: object }).prototype, name ?? (target as { name: string }).name, component)
      return
    }
    if (typeof target === 'function' || typeof descriptor?.value !== 'function') {
      throw new TypeError(`[perf-monitor] @Monitored() is for classes and their methods, not for ${String(key)}`)
    }
    receiveMonitor(target)
    descriptor.value = wrap(descriptor.value, component, name ?? `${target.constructor.name}.${String(key)}`)
  }
}

function decorateClass(prototype: object, name: string, component: string): void {
  receiveMonitor(prototype)
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor
    // a method with a decorator of its own keeps that one's name
    if (key === 'constructor' || typeof descriptor.value !== 'function' || wrappers.has(descriptor.value)) continue
    const value = wrap(descriptor.value, component, `${name}.${String(key)}`)
    Object.defineProperty(prototype, key, { ...descriptor, value })
  }
}

/** An accessor instead of a property: instances look as they do without us. */
function receiveMonitor(prototype: object): void {
  if (Object.hasOwn(prototype, MONITOR)) return
  Object.defineProperty(prototype, MONITOR, {
    configurable: true,
    set(this: object, monitor: PerformanceMonitor) {
      monitors.set(this, monitor)
    },
  })
  Inject(PerformanceMonitor)(prototype, MONITOR)
  Optional()(prototype, MONITOR)
}

function wrap(original: Method, component: string, name: string): Method {
  // an Observable shows when the first one is returned
  let returnsLazy = isGeneratorFunction(original)
  const wrapper: Method = function (...args) {
    const monitor = monitors.get(this)
    const call = () => Reflect.apply(original, this, args)
    if (monitor === undefined || !monitor.running) return call()
    const operation = monitor.guard.run('nestjs', () => monitor.operation(component, name), null)
    if (operation === null) return call()
    const begin = () => beginRun(monitor, operation)
    if (returnsLazy) {
      const result = call()
      if (isLazy(result)) watchRuns(result, begin)
      return result
    }
    let called = false
    let lazy: Lazy | null = null
    let returned: unknown
    try {
      returned = monitor.track(component, name, () => {
        called = true
        const result = call()
        if (!isLazy(result)) return result
        lazy = result
        returnsLazy = true // from now on: this first run began with the call
        return endOfFirstRun(result, begin)
      })
    } catch (error) {
      if (called) throw error
      monitor.guard.report('nestjs', error)
      return call()
    }
    if (lazy === null) return returned
    ;(returned as Promise<void>).catch(() => {}) // ours: the subscriber has the error
    return lazy
  }
  copyTraits(original, wrapper)
  wrappers.add(wrapper)
  return wrapper
}

function isGeneratorFunction(method: Method): boolean {
  return /^\[object (?:Async)?GeneratorFunction\]$/.test(Object.prototype.toString.call(method))
}

/** Whatever other decorators, Nest and the app's own code read of a method. */
function copyTraits(original: Method, wrapper: Method): void {
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapper)
  }
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype' || key === 'caller' || key === 'arguments') continue
    Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor)
  }
}
