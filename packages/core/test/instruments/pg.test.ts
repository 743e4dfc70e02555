import { once } from 'node:events'
import { createRequire } from 'node:module'
import type PgTypes from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { PgInstrument } from '../../src/instruments/pg.js'
import { longestMs, type Measured, measured } from './measured.js'
import { describeWith, postgres, type RealServer } from './real-servers.js'

// as an app gets it, from ES modules too: vitest's own imports do not all go through Node's module cache
const pg = createRequire(import.meta.url)('pg') as typeof PgTypes

let all: Measured
let instrument: PgInstrument

beforeEach(() => {
  all = measured()
  instrument = new PgInstrument({ ...all, modules: new ModuleWatch(all) })
  instrument.start()
})

afterEach(() => {
  instrument.stop()
  expect(all.guard.faults).toEqual([])
})

const of = (job: string) => all.tree()[`job ${job}`]?.children

describe('pg, without a server', () => {
  it('is seen once it is loaded, and whole again after stop', () => {
    expect(instrument.state).toEqual({ seen: true, reason: null })
    const wrapped = [pg.Client.prototype.query, pg.Client.prototype.connect, pg.Pool.prototype.connect]
    instrument.stop()
    expect(instrument.state).toEqual({ seen: false, reason: null })
    const own = [pg.Client.prototype.query, pg.Client.prototype.connect, pg.Pool.prototype.connect]
    for (const [index, method] of own.entries()) {
      expect(method).not.toBe(wrapped[index])
      expect(method.name).toBe(wrapped[index]?.name)
    }
  })

  it('counts a connection that cannot be opened, and hands the error on', async () => {
    const pool = new pg.Pool({ connectionString: 'postgres://me:secret@127.0.0.1:1/shop' })
    await all.inJob('x', () => expect(pool.query('select 1')).rejects.toThrow('ECONNREFUSED'))
    expect(all.tree()).toMatchObject({
      'db (connect pg)': { success: 0, failure: 1 },
      'pool pg 127.0.0.1:1/shop': { success: 0, failure: 1 },
    })
    await pool.end()
  })

  it('throws what pg throws', () => {
    const client = new pg.Client()
    expect(() => client.query(null as never)).toThrow('Client was passed a null or undefined query')
  })
})

describeWith(postgres, 'pg, with PostgreSQL', (start) => {
  let server: RealServer
  let pool: PgTypes.Pool
  let poolName: string
  let open: number

  beforeAll(async () => {
    server = await start()
    poolName = `pool pg 127.0.0.1:${server.port}/postgres`
  })
  afterAll(() => server?.stop())

  beforeEach(() => {
    pool = new pg.Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 2 })
    open = 0
    pool.on('connect', () => open++).on('remove', () => open--)
  })
  afterEach(async () => {
    await pool.end() // its connections still say good-bye, which must not meet a server that stops
    while (open > 0) await once(pool, 'remove')
  })

  it('names queries without their values, apart from the wait for a connection', async () => {
    const rows = await all.inJob('list', async () => {
      await pool.query('select $1::int as a', [1])
      await pool.query({ text: 'select $1::int  as a', values: [2] })
      await pool.query({ name: 'prepared', text: "select 'secret' as b" })
      return (await pool.query('select 7 as a')).rows
    })
    expect(rows).toEqual([{ a: 7 }])
    expect(of('list')).toEqual({
      'db (connect pg)': 1,
      [poolName]: 4,
      'db select ?::int as a': 2,
      'db select ? as b': 1,
      'db select ? as a': 1,
    })
  })

  it('counts what fails, and hands the very error on', async () => {
    await all.inJob('x', () =>
      expect(pool.query('select nothing from nowhere')).rejects.toMatchObject({ code: '42P01' }),
    )
    const client = await pool.connect()
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
    client.release()
    expect(all.tree()['db select nothing from nowhere']).toMatchObject({ success: 0, failure: 1 })
    expect(all.tree()['db select ?/?']).toMatchObject({ success: 0, failure: 1 })
  })

  it('keeps queries with who made them, although a pool runs them where another gave its connection back', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        all.inJob(`${n}`, () => pool.query(`select ${n} as a, pg_sleep(0.005) as t${n}`)),
      ),
    )
    for (let n = 0; n < 12; n++) {
      expect(of(`${n}`)).toMatchObject({ [poolName]: 1, [`db select ? as a, pg_sleep(?) as t${n}`]: 1 })
    }
    expect(longestMs(all.tracker, 'pool', poolName.slice(5))).toBeGreaterThanOrEqual(5)
    expect(all.tree()[poolName]).toMatchObject({ success: 12, failure: 0 })
  })

  it('keeps what callbacks begin with who made the call', async () => {
    const run = (name: string) =>
      all.inJob(
        name,
        () =>
          new Promise<void>((resolve, reject) => {
            pool.connect((error, client, release) => {
              if (error !== undefined || client === undefined) return reject(error)
              client.query('select 1 as first', (failed) => {
                if (failed) return reject(failed)
                client.query(`select 2 as second_${name}`, [], () => {
                  release()
                  resolve()
                })
              })
            })
          }),
      )
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(run))
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect(of(name)).toMatchObject({ [poolName]: 1, 'db select ? as first': 1, [`db select ? as second_${name}`]: 1 })
    }
  })

  it('is right for a client of its own, transactions and an async wait in between', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' })
    await all.inJob('tx', async () => {
      await client.connect()
      await client.query('BEGIN')
      await new Promise(setImmediate)
      await client.query('SAVEPOINT trx7')
      await client.query('ROLLBACK TO SAVEPOINT trx7')
      await client.query('COMMIT')
      await client.end()
    })
    expect(of('tx')).toEqual({
      'db (connect pg)': 1,
      'db BEGIN': 1,
      'db SAVEPOINT ?': 1,
      'db ROLLBACK TO SAVEPOINT ?': 1,
      'db COMMIT': 1,
    })
  })

  it('leaves alone what it cannot time: query objects, callbacks within the object', async () => {
    const client = await pool.connect()
    const results: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      const query = new pg.Query('select 3 as a') as unknown as NodeJS.EventEmitter
      query.on('row', (row) => results.push(row))
      query.on('end', () => resolve())
      query.on('error', reject)
      client.query(query as never)
    })
    client.release()
    expect(results).toEqual([{ a: 3 }])
    expect(all.tree()['db select ? as a']).toBeUndefined()
  })

  it('leaves a rejection that nobody handles unhandled, once', async () => {
    const seen: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => seen.push(reason))
    const client = await pool.connect()
    void client.query('select nothing from nowhere')
    await client.query('select 1')
    await new Promise(setImmediate)
    client.release()
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(seen).toHaveLength(1)
  })

  it('measures nothing once stopped, calls in flight included, which end as they would', async () => {
    const slow = pool.query('select pg_sleep(0.01)')
    instrument.stop()
    expect((await slow).rowCount).toBe(1)
    await pool.query('select 5 as later')
    expect(all.tree()['db select ? as later']).toBeUndefined()
  })

  it('tells how full the pool is, and who took what has not come back', async () => {
    const taken: PgTypes.PoolClient[] = []
    for (let n = 0; n < 2; n++) {
      await all.inJob('leaky', async () => {
        taken.push(await pool.connect())
      })
    }
    const waits = all.inJob('victim', () => pool.query('select 1 as a'))
    await new Promise(setImmediate)
    const name = poolName.slice('pool '.length)
    const [record] = all.pools.read()
    expect(record).toMatchObject({
      name,
      maxConnections: 2,
      openConnections: 2,
      idleConnections: 0,
      waitingRequests: 1,
      holders: [{ component: 'job', operation: 'leaky', held: 2 }],
    })
    expect(record?.holders[0]?.location?.file).toMatch(/pg\.test\.ts$/)
    expect(record?.holders[0]?.longestHeldMs).toBeGreaterThan(0)
    expect(Object.fromEntries(all.pools.gauges())).toEqual({
      [`pool.${name}.open`]: 2,
      [`pool.${name}.idle`]: 0,
      [`pool.${name}.waiting`]: 1,
      [`pool.${name}.max`]: 2,
    })
    for (const client of taken) client.release()
    await waits
    expect(all.pools.read()).toMatchObject([{ idleConnections: 2, waitingRequests: 0, holders: [] }])
  })

  it('knows the holder that took a client with a callback, and forgets a pool that ended', async () => {
    const other = new pg.Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', max: 1 })
    await all.inJob('callback', () => {
      return new Promise<void>((resolve, reject) => {
        other.connect((error, _client, release) => {
          if (error) return reject(error)
          expect(all.pools.read()).toMatchObject([{ holders: [{ operation: 'callback', held: 1 }] }])
          release()
          resolve()
        })
      })
    })
    await other.end()
    expect(all.pools.read()).toEqual([])
  })

  it('runs two monitors beside each other', async () => {
    const other = measured()
    const second = new PgInstrument({ ...other, modules: new ModuleWatch(other) })
    second.start()
    await pool.query('select 1 as a')
    instrument.stop()
    await pool.query('select 1 as a')
    second.stop()
    await pool.query('select 1 as a')
    expect([all, other].map(({ tree }) => tree()['db select ? as a']?.success)).toEqual([1, 2])
  })
})
