import { channel, tracingChannel } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import type { Redis as IoredisTypes } from 'ioredis'
import type * as RedisTypes from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { IoredisInstrument } from '../../src/instruments/ioredis.js'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { RedisInstrument } from '../../src/instruments/redis.js'
import { type Measured, measured } from './measured.js'
import { describeWith, type RealServer, redis } from './real-servers.js'

const require = createRequire(import.meta.url)
const { Redis } = require('ioredis') as { Redis: typeof IoredisTypes }
const { createClient, createClientPool } = require('redis') as typeof RedisTypes

let all: Measured
beforeEach(() => {
  all = measured()
})
afterEach(() => expect(all.guard.faults).toEqual([]))

const of = (job: string) => all.tree()[`job ${job}`]?.children

describeWith(redis, 'ioredis, with Redis', (start) => {
  let server: RealServer
  let instrument: IoredisInstrument
  let client: IoredisTypes

  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    instrument = new IoredisInstrument({ ...all, modules: new ModuleWatch(all) })
    instrument.start()
    client = new Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true })
  })
  afterEach(async () => {
    client.disconnect()
    instrument.stop()
  })

  it('names commands without keys and values, as children of who sent them', async () => {
    await all.inJob('a', async () => {
      await client.connect()
      await client.set('secret-key', 'secret')
      expect(await client.get('secret-key')).toBe('secret')
    })
    await all.inJob('b', async () => {
      await Promise.all([client.get('x'), client.incr('n'), client.get('y')])
      await client.multi().set('a', 1).get('a').exec()
    })
    expect(of('a')).toMatchObject({ 'db (connect ioredis)': 1, 'db SET': 1, 'db GET': 1 })
    expect(of('b')).toEqual({ 'db GET': 3, 'db INCR': 1, 'db MULTI': 1, 'db SET': 1, 'db EXEC': 1 })
    expect(Object.keys(all.tree()).join()).not.toContain('secret')
  })

  it('counts what fails, and hands the error on', async () => {
    await client.set('text', 'no number')
    await expect(client.incr('text')).rejects.toThrow('not an integer')
    expect(all.tree()['db INCR']).toMatchObject({ success: 0, failure: 1 })
    expect(all.tracker.operation('db', 'INCR').active).toBe(0)
  })

  it('leaves out commands that wait on purpose', async () => {
    await client.rpush('queue', 'job')
    await client.xadd('stream', '*', 'a', '1')
    await client.blpop('queue', 1)
    await client.xread('BLOCK', 1, 'STREAMS', 'stream', '0')
    await client.xread('STREAMS', 'stream', '0')
    expect(Object.keys(all.tree())).toEqual(expect.arrayContaining(['db RPUSH', 'db XADD']))
    expect(all.tree()['db BLPOP']).toBeUndefined()
    expect(all.tree()['db XREAD']).toMatchObject({ success: 1 })
  })

  it('sees nothing after stop', async () => {
    expect(instrument.state).toEqual({ seen: true, reason: null })
    instrument.stop()
    await client.get('x')
    expect(all.tree()).toEqual({})
    expect(instrument.state.seen).toBe(false)
  })
})

describeWith(redis, 'redis (node-redis), with Redis', (start) => {
  let server: RealServer
  let instrument: RedisInstrument

  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    instrument = new RedisInstrument({ ...all, modules: new ModuleWatch(all) })
    instrument.start()
  })
  afterEach(() => instrument.stop())

  it('names commands without keys and values, as children of who sent them; a batch is one', async () => {
    const client = createClient({ socket: { port: server.port, host: '127.0.0.1' } })
    await all.inJob('connect', () => client.connect())
    await all.inJob('a', async () => {
      await client.set('secret-key', 'secret')
      expect(await client.get('secret-key')).toBe('secret')
      await client.multi().set('a', '1').get('a').exec()
      await client.multi().get('a').get('b').execAsPipeline()
    })
    await expect(client.incr('secret-key')).rejects.toThrow('not an integer')
    client.destroy()
    expect(of('connect')).toMatchObject({ 'db (connect redis)': 1 })
    expect(of('a')).toEqual({ 'db SET': 1, 'db GET': 1, 'db MULTI': 1, 'db PIPELINE': 1 })
    expect(all.tree()['db INCR']).toMatchObject({ success: 0, failure: 1 })
    expect(Object.keys(all.tree()).join()).not.toContain('secret')
  })

  it('counts the wait for a connection of its pool', async () => {
    const pool = createClientPool({ socket: { port: server.port, host: '127.0.0.1' } }, { minimum: 1, maximum: 1 })
    await pool.connect()
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => pool.set(name, 'x')))
    await pool.close()
    expect(all.tree()['pool redis']).toMatchObject({ success: 4, failure: 0 })
    expect(all.tree()['db SET']).toMatchObject({ success: 4 })
  })

  it('tells how full its pools are', async () => {
    const pool = createClientPool({ socket: { port: server.port, host: '127.0.0.1' } }, { minimum: 1, maximum: 3 })
    expect(all.pools.read()).toEqual([])
    await pool.connect()
    const tasks = Array.from({ length: 5 }, () => pool.execute((client) => client.sendCommand(['PING'])))
    const [record] = all.pools.read()
    expect(record).toMatchObject({ name: 'redis', maxConnections: 3, openConnections: 3, idleConnections: 0 })
    expect(record?.waitingRequests).toBe(4)
    await Promise.all(tasks)
    expect(all.pools.read()).toMatchObject([{ idleConnections: 3, waitingRequests: 0 }])
    await pool.close()
    expect(all.pools.read()).toEqual([])
  })

  it('blames nobody for a command that waited: the pool runs it where another gave its client back', async () => {
    const wait = channel('node-redis:pool:connection-wait')
    const command = tracingChannel<object, object>('node-redis:command')
    const send = () => command.tracePromise(async () => {}, { command: 'GET' })
    await all.inJob('gives back', async () => {
      wait.publish({ waitStartTimestamp: performance.now() - 5 })
      const handedOn = send()
      await handedOn
      await send()
    })
    expect(of('gives back')).toEqual({ 'db GET': 1 })
    expect(all.tree()['db GET']).toMatchObject({ success: 2 })
  })
})
