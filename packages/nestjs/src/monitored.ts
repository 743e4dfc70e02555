// `@Monitored()` needs no monitor when a class is defined: Nest injects it into each instance, as a property, with whatever
// else the instance gets. An instance that Nest did not make, or an app without the module, runs as if undecorated.
import 'reflect-metadata'
import { Inject, Optional } from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import { endOfFirstRun, isLazy, watchRuns } from './lazy-results.js'
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
  let returnsLazy = false
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
    let result: unknown
    try {
      monitor.track(component, name, () => {
        called = true
        result = call()
        if (!isLazy(result)) return result
        // known from now on; this first time the run began with the call
        returnsLazy = true
        return endOfFirstRun(result, begin)
      })
      return result
    } catch (error) {
      if (called) throw error
      monitor.guard.report('nestjs', error)
      return call()
    }
  }
  copyTraits(original, wrapper)
  wrappers.add(wrapper)
  return wrapper
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
