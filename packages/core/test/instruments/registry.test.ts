import { channel } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { builtInInstruments, instrumentHealth } from '../../src/instruments/registry.js'
import { INSTRUMENT_NAMES } from '../../src/types/instruments.js'
import { measured } from './measured.js'

const require = createRequire(import.meta.url)
const CHANNELS = [
  ...[
    'http.client.request.created',
    'http.client.request.start',
    'http.client.request.error',
    'http.client.response.finish',
  ],
  ...['create', 'headers', 'trailers', 'error'].map((event) => `undici:request:${event}`),
  ...['mysql2:query', 'ioredis:command', 'node-redis:command', 'node-redis:batch', 'mongoose:query'].flatMap((name) =>
    ['start', 'end', 'asyncStart'].map((event) => `tracing:${name}:${event}`),
  ),
  'node-redis:pool:connection-wait',
  'tracing:module.require:end',
]

describe('built-in instruments', () => {
  it('are one of each name, and those that are switched off are not there', () => {
    const all = measured()
    expect(builtInInstruments(all).map(({ name }) => name)).toEqual([...INSTRUMENT_NAMES])
    const enabled = { http: false, pg: false, fetch: true }
    expect(builtInInstruments({ ...all, enabled }).map(({ name }) => name)).toEqual(
      INSTRUMENT_NAMES.filter((name) => name !== 'http' && name !== 'pg'),
    )
  })

  it('leave nothing behind: no subscriber, no timer, no wrapped class', () => {
    const classes = [
      require('pg').Client.prototype,
      require('pg').Pool.prototype,
      Object.getPrototypeOf(require('pg').Pool.prototype),
      require('mongodb').MongoClient.prototype,
    ]
    const before = classes.map((prototype) => Object.getOwnPropertyDescriptors(prototype))
    const clock = new ManualClock()
    const all = measured({ clock })
    const instruments = builtInInstruments(all)
    for (let round = 0; round < 2; round++) {
      for (const instrument of [...instruments, ...instruments]) instrument.start()
      expect(clock.timerCount).toBe(1)
      expect(classes.map((prototype) => Object.getOwnPropertyDescriptors(prototype))).not.toEqual(before)
      for (const instrument of [...instruments, ...instruments]) instrument.stop()
      expect(clock.timerCount).toBe(0)
      expect(CHANNELS.filter((name) => channel(name).hasSubscribers)).toEqual([])
      expect(classes.map((prototype) => Object.getOwnPropertyDescriptors(prototype))).toEqual(before)
    }
    expect(all.guard.faults).toEqual([])
  })
})

describe('health', () => {
  it('lists what is seen and what is loaded but cannot be seen, with the reason', () => {
    const all = measured()
    const cache = {
      '/app/node_modules/mysql2/index.js': { exports: {}, loaded: true },
      '/app/node_modules/ioredis/built/Redis.js': { exports: {}, loaded: true },
      '/app/node_modules/ioredis/built/tracing.js': { exports: {}, loaded: true },
      '/app/node_modules/pg/lib/client.js': { exports: {}, loaded: true },
    }
    const instruments = builtInInstruments({ ...all, modules: new ModuleWatch({ ...all, cache }) })
    for (const instrument of instruments) instrument.start()
    expect(instrumentHealth(instruments)).toEqual([
      { name: 'http', seen: true, reason: null },
      { name: 'fetch', seen: true, reason: null },
      { name: 'pg', seen: false, reason: 'its classes are not as this version of the monitor knows them' },
      { name: 'mysql2', seen: false, reason: 'this version publishes nothing: mysql2 3.24 and newer do' },
      { name: 'ioredis', seen: true, reason: null },
    ])
    for (const instrument of instruments) instrument.stop()
    expect(instrumentHealth(instruments)).toEqual([])
  })
})
