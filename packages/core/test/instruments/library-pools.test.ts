import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LibraryPoolInstrument, type LibraryPoolName } from '../../src/instruments/library-pools.js'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { type Measured, measured } from './measured.js'

const require = createRequire(import.meta.url)

interface Pool {
  acquire(): Promise<object>
  release(resource: object): unknown
  close(): Promise<unknown>
}

const create = async () => ({})
const FOR_EVER = { timeoutMs: 1e6 }

/** A pool of two, of each library. */
const POOLS: Record<LibraryPoolName, (options: { timeoutMs: number }) => Pool> = {
  tarn({ timeoutMs }) {
    const { Pool } = require('tarn')
    const pool = new Pool({
      create,
      destroy: () => {},
      min: 0,
      max: 2,
      acquireTimeoutMillis: timeoutMs,
      createTimeoutMillis: timeoutMs,
    })
    return {
      acquire: () => pool.acquire().promise,
      release: (resource) => pool.release(resource),
      close: () => pool.destroy(),
    }
  },
  'sequelize-pool'({ timeoutMs }) {
    const { Pool } = require('sequelize-pool')
    const pool = new Pool({
      create,
      destroy: () => {},
      validate: () => true,
      min: 0,
      max: 2,
      idleTimeoutMillis: 30_000,
      acquireTimeoutMillis: timeoutMs,
    })
    return {
      acquire: () => pool.acquire(),
      release: (resource) => pool.release(resource),
      close: () => pool.drain().then(() => pool.destroyAllNow()),
    }
  },
  'generic-pool'({ timeoutMs }) {
    const { createPool } = require('generic-pool')
    const pool = createPool({ create, destroy: async () => {} }, { min: 0, max: 2, acquireTimeoutMillis: timeoutMs })
    return {
      acquire: () => pool.acquire(),
      release: (resource) => pool.release(resource),
      close: () => pool.drain().then(() => pool.clear()),
    }
  },
}

describe.each(Object.keys(POOLS) as LibraryPoolName[])('%s', (name) => {
  let all: Measured
  let instrument: LibraryPoolInstrument

  beforeEach(() => {
    all = measured()
    POOLS[name](FOR_EVER) // loads it
    instrument = new LibraryPoolInstrument(name, { ...all, modules: new ModuleWatch(all) })
    instrument.start()
  })
  afterEach(() => {
    instrument.stop()
    expect(all.guard.faults).toEqual([])
  })

  it('times the wait, and tells how full the pool is and who took what has not come back', async () => {
    const pool = POOLS[name](FOR_EVER)
    expect(instrument.state).toEqual({ seen: true, reason: null })
    const first = await all.inJob('leaky', () => pool.acquire())
    const second = await all.inJob('other', () => pool.acquire())
    const waits = all.inJob('victim', () => pool.acquire())
    expect(all.pools.read()).toMatchObject([
      { name, maxConnections: 2, openConnections: 2, idleConnections: 0, waitingRequests: 1 },
    ])
    const holders = all.pools.read()[0]?.holders ?? []
    expect(holders.map(({ operation, held }) => [operation, held]).sort()).toEqual([
      ['leaky', 1],
      ['other', 1],
    ])
    expect(holders[0]?.location?.file).toMatch(/library-pools\.test\.ts$/)
    await pool.release(second)
    const third = await waits
    expect(all.tree()['job victim']?.children).toEqual({ [`pool ${name}`]: 1 })
    await pool.release(first)
    await pool.release(third)
    expect(all.pools.read()).toMatchObject([{ idleConnections: 2, waitingRequests: 0, holders: [] }])
    await pool.close()
    expect(all.pools.read()).toEqual([])
  })

  it('counts a wait that ends in an error, and hands the very error on', async () => {
    const pool = POOLS[name]({ timeoutMs: 20 })
    const taken = [await pool.acquire(), await pool.acquire()]
    await expect(pool.acquire()).rejects.toThrow(/timed? ?out/i)
    expect(all.tree()[`pool ${name}`]).toMatchObject({ success: 2, failure: 1 })
    for (const resource of taken) await pool.release(resource)
    await pool.close()
  })
})
