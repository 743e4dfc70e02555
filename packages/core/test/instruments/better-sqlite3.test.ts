import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BetterSqlite3Instrument } from '../../src/instruments/better-sqlite3.js'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { type Measured, measured } from './measured.js'

interface Statement {
  run(...values: unknown[]): { changes: number }
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
  iterate(...values: unknown[]): Iterable<unknown>
}
interface Database {
  prepare(text: string): Statement
  exec(text: string): Database
  transaction<T>(fn: () => T): () => T
  close(): void
}

const require = createRequire(import.meta.url)
// Not among the dependencies: it is compiled where it is installed, and `npm ci` must work without a compiler. These tests run
// after `npm install --no-save better-sqlite3`, for the Node that installed it.
const Database = loaded()

function loaded(): (new (name: string) => Database) | null {
  try {
    const found = require('better-sqlite3')
    new found(':memory:').close()
    return found
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED') return null
    throw error
  }
}

let all: Measured
let instrument: BetterSqlite3Instrument

beforeEach(() => {
  all = measured()
  instrument = new BetterSqlite3Instrument({ ...all, modules: new ModuleWatch(all) })
  instrument.start()
})
afterEach(() => {
  instrument.stop()
  expect(all.guard.faults).toEqual([])
})

describe.skipIf(Database === null)('better-sqlite3', () => {
  it('times statements and scripts under their text without values', async () => {
    const database = new (Database as NonNullable<typeof Database>)(':memory:')
    await all.inJob('a', async () => {
      database.exec("create table t (a); insert into t values ('secret'), ('secret 2')")
      expect(database.prepare('insert into t values (?)').run('x').changes).toBe(1)
      const select = database.prepare('select a from t where a = :a')
      expect(select.get({ a: 'x' })).toEqual({ a: 'x' })
      expect(select.all({ a: 'y' })).toEqual([])
      expect([...select.iterate({ a: 'x' })]).toEqual([{ a: 'x' }])
    })
    database.close()
    expect(all.tree()['job a']?.children).toEqual({
      'db create table t (a); insert into t values (?)': 1,
      'db insert into t values (?)': 1,
      'db select a from t where a = ?': 2,
    })
  })

  it('sees statements that were prepared before it started', () => {
    instrument.stop()
    const database = new (Database as NonNullable<typeof Database>)(':memory:')
    const select = database.prepare('select 1 as a')
    instrument.start()
    expect(select.get()).toEqual({ a: 1 })
    database.close()
    expect(all.tree()['db select ? as a']).toMatchObject({ success: 1 })
  })

  it('counts what fails, and throws the very error', () => {
    const database = new (Database as NonNullable<typeof Database>)(':memory:')
    database.exec('create table t (a unique)')
    const insert = database.prepare('insert into t values (1)')
    insert.run()
    expect(() => insert.run()).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' }))
    expect(() => database.prepare('nonsense')).toThrow('syntax error')
    database.close()
    expect(all.tree()['db insert into t values (?)']).toMatchObject({ success: 1, failure: 1 })
  })

  it('keeps transactions working', () => {
    const database = new (Database as NonNullable<typeof Database>)(':memory:')
    database.exec('create table t (a)')
    const insert = database.prepare('insert into t values (1)')
    database.transaction(() => {
      insert.run()
      insert.run()
    })()
    expect(database.prepare('select count(*) as n from t').get()).toEqual({ n: 2 })
    database.close()
    expect(all.tree()['db insert into t values (?)']).toMatchObject({ success: 2 })
  })

  it('measures nothing after stop', () => {
    const database = new (Database as NonNullable<typeof Database>)(':memory:')
    const select = database.prepare('select 1 as a')
    instrument.stop()
    expect(select.get()).toEqual({ a: 1 })
    database.close()
    expect(all.tree()).toEqual({})
    expect(instrument.state).toEqual({ seen: false, reason: null })
  })
})
