import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type * as MongodbTypes from 'mongodb'
import type MongooseTypes from 'mongoose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { MongodbInstrument } from '../../src/instruments/mongodb.js'
import { MongooseInstrument } from '../../src/instruments/mongoose.js'
import { type Measured, measured } from './measured.js'

const require = createRequire(import.meta.url)
const mongodb = require('mongodb') as typeof MongodbTypes
const mongoose = require('mongoose') as typeof MongooseTypes

// nothing listens there: the driver's own classes and events are used up to the wire
const NOBODY = 'mongodb://127.0.0.1:1/shop'
const QUICK = { serverSelectionTimeoutMS: 1 }

let all: Measured
let instrument: MongodbInstrument

function started(isMongooseSeen = true): MongodbInstrument {
  const made = new MongodbInstrument({ ...all, modules: new ModuleWatch(all), isMongooseSeen })
  made.start()
  return made
}

beforeEach(() => {
  all = measured()
  instrument = started()
})
afterEach(() => {
  instrument.stop()
  expect(all.guard.faults).toEqual([])
})

describe('mongodb', () => {
  const command = (client: MongodbTypes.MongoClient, event: string, about: object) =>
    (client as unknown as EventEmitter).emit(event, { address: '127.0.0.1:1', ...about })

  it('asks each client for its commands, and names them by command and collection', async () => {
    const client = new mongodb.MongoClient(NOBODY, QUICK)
    client.db('shop')
    expect(client.options.monitorCommands).toBe(true)
    await all.inJob('a', async () => {
      command(client, 'commandStarted', {
        requestId: 1,
        commandName: 'find',
        command: { find: 'users', filter: { name: 'secret' } },
      })
      command(client, 'commandStarted', {
        requestId: 2,
        commandName: 'getMore',
        command: { getMore: 7n, collection: 'users' },
      })
      command(client, 'commandStarted', { requestId: 3, commandName: 'hello', command: { hello: 1 } })
      command(client, 'commandStarted', { requestId: 4, commandName: 'ping', command: { ping: 1 } })
    })
    for (const requestId of [1, 3, 4, 99]) command(client, 'commandSucceeded', { requestId })
    command(client, 'commandFailed', { requestId: 2, failure: new Error('planted') })
    expect(all.tree()).toEqual({
      'job a': { success: 1, failure: 0, children: { 'db find users': 1, 'db getMore users': 1, 'db ping': 1 } },
      'db find users': { success: 1, failure: 0, children: {} },
      'db getMore users': { success: 0, failure: 1, children: {} },
      'db ping': { success: 1, failure: 0, children: {} },
    })
    await client.close()
  })

  it('leaves out the wait for changes of a change stream', async () => {
    const client = new mongodb.MongoClient(NOBODY, QUICK)
    client.db('shop')
    const pipeline = [{ $changeStream: {} }]
    command(client, 'commandStarted', {
      requestId: 1,
      commandName: 'aggregate',
      command: { aggregate: 'users', pipeline },
    })
    command(client, 'commandSucceeded', { requestId: 1, reply: { cursor: { id: 77n } } })
    command(client, 'commandStarted', {
      requestId: 2,
      commandName: 'getMore',
      command: { getMore: 77n, collection: 'users' },
    })
    command(client, 'commandSucceeded', { requestId: 2, reply: {} })
    command(client, 'commandStarted', {
      requestId: 3,
      commandName: 'getMore',
      command: { getMore: 78n, collection: 'users' },
    })
    command(client, 'commandSucceeded', { requestId: 3, reply: {} })
    expect(all.tree()).toMatchObject({ 'db aggregate users': { success: 1 }, 'db getMore users': { success: 1 } })
    await client.close()
  })

  it('says which clients it cannot see: those that connected before it started', async () => {
    instrument.stop()
    const client = new mongodb.MongoClient(NOBODY, QUICK)
    await expect(client.connect()).rejects.toThrow()
    instrument.start()
    expect(instrument.state).toEqual({ seen: true, reason: null })
    client.db()
    expect(instrument.state).toEqual({
      seen: true,
      reason: 'clients that connected before the monitor started are not seen',
    })
    await client.close()
  })

  it('sees clients that connect by themselves, and lets them fail as they would', async () => {
    const client = new mongodb.MongoClient(NOBODY, QUICK)
    await expect(client.db('shop').collection('users').findOne({})).rejects.toThrow(mongodb.MongoServerSelectionError)
    expect(client.listenerCount('commandStarted')).toBe(1)
    instrument.stop()
    expect(client.listenerCount('commandStarted')).toBe(0)
    await client.close()
  })

  it("leaves mongoose's clients to mongoose's own instrument, unless that is off", async () => {
    for (const [isMongooseSeen, listeners] of [
      [true, 0],
      [false, 1],
    ] as const) {
      instrument.stop()
      instrument = started(isMongooseSeen)
      const connection = mongoose.createConnection()
      await expect(connection.openUri(NOBODY, QUICK)).rejects.toThrow()
      expect(connection.getClient().listenerCount('commandStarted')).toBe(listeners)
      await connection.destroy()
    }
  })
})

describe('pools of mongodb', () => {
  const { ConnectionPool } = require(`${dirname(require.resolve('mongodb'))}/cmap/connection_pool.js`) as {
    ConnectionPool: new (server: object, options: object) => Pool
  }
  interface Pool {
    poolState: string
    connections: { push(connection: object): void }
    checkOut(options: object): Promise<object>
    checkIn(connection: object): void
    close(): void
  }

  it('are timed, and tell how full they are and who took what has not come back', async () => {
    const server = { topology: { client: {} }, description: { error: null } }
    const hostAddress = { toString: () => 'db.local:27017' }
    const pool = new ConnectionPool(server, { hostAddress, maxPoolSize: 2 })
    const connection = { closed: false, generation: 0, idleTime: 0, markAvailable: () => {}, destroy: () => {} }
    pool.connections.push(connection)
    pool.poolState = 'ready'
    const taken = await all.inJob('leaky', () => pool.checkOut({ timeoutContext: {} }))
    expect(all.pools.read()).toMatchObject([
      {
        name: 'mongodb db.local:27017',
        maxConnections: 2,
        openConnections: 1,
        idleConnections: 0,
        waitingRequests: 0,
        holders: [{ component: 'job', operation: 'leaky', held: 1 }],
      },
    ])
    pool.checkIn(taken)
    expect(all.pools.read()).toMatchObject([{ idleConnections: 1, holders: [] }])
    expect(all.tree()['job leaky']?.children).toEqual({ 'pool mongodb db.local:27017': 1 })
    pool.close()
    expect(all.pools.read()).toEqual([])
  })
})

describe('mongoose', () => {
  it('names queries, aggregations and documents by what they do and their collection', async () => {
    const own = new MongooseInstrument({ ...all, modules: new ModuleWatch(all) })
    own.start()
    expect(own.state).toEqual({ seen: true, reason: null })
    const connection = mongoose.createConnection()
    const User = connection.model('User', new mongoose.Schema({ name: String }, { bufferTimeoutMS: 1 }))
    await all.inJob('a', async () => {
      await expect(User.find({ name: 'secret' })).rejects.toThrow('timed out')
      await expect(User.findOne({ name: 'secret' })).rejects.toThrow('timed out')
      await expect(User.aggregate([{ $match: { name: 'secret' } }])).rejects.toThrow('timed out')
      await expect(new User({ name: 'secret' }).save()).rejects.toThrow('timed out')
      await expect(User.insertMany([{ name: 'secret' }])).rejects.toThrow('timed out')
    })
    own.stop()
    await expect(User.find({})).rejects.toThrow('timed out')
    await connection.destroy()
    const children = {
      'db find users': 1,
      'db findOne users': 1,
      'db aggregate users': 1,
      'db save users': 1,
      'db insertMany users': 1,
    }
    expect(all.tree()['job a']?.children).toEqual(children)
    for (const name of Object.keys(children)) expect(all.tree()[name]).toMatchObject({ success: 0, failure: 1 })
    expect(Object.keys(all.tree()).join()).not.toContain('secret')
  })
})
