// SQLite as WebAssembly, in memory: real queries, nothing to install. It answers in microseconds from inside the process; a shop's
// database stands across a network, so every call here also waits for one round trip, as a client of PostgreSQL would.
import { setTimeout as delay } from 'node:timers/promises'
import sqlite from 'node-sqlite3-wasm'
import { HttpError } from './http-error.js'
import { SCHEMA } from './schema.js'
import { seed } from './seed.js'

const ROUND_TRIP_MS = 4 // a database in another zone of the same region

/** The engine with the shop's tables and rows in it. */
export function openEngine() {
  const engine = new sqlite.Database(':memory:')
  engine.exec(SCHEMA)
  seed(engine)
  return engine
}

/**
 * What the shop's code talks to. Every call is timed as component `db`, under the text of its statement.
 *
 * @param {{ engine: ReturnType<typeof openEngine>, monitor: import('@perf-monitor/core').PerformanceMonitor }} options
 */
export function createDatabase({ engine, monitor }) {
  // Every statement is a constant of this code with ? for its values: the map stays small, and the text is a safe operation name.
  /** @type {Map<string, { operation: string, prepared: ReturnType<typeof engine.prepare> }>} */
  const statements = new Map()
  let isClosed = false

  function statement(sql) {
    let known = statements.get(sql)
    if (known === undefined) {
      known = { operation: sql.replace(/\s+/g, ' ').trim(), prepared: engine.prepare(sql) }
      statements.set(sql, known)
    }
    return known
  }

  /** What still runs for a client that left ends here. */
  function assertOpen() {
    if (isClosed) throw new HttpError(503, 'The shop is closing')
  }

  /** Timed, and as far away as a database is. */
  function call(operation, work) {
    return monitor.track('db', operation, async () => {
      const result = work()
      await delay(ROUND_TRIP_MS)
      return result
    })
  }

  async function query(sql, execute) {
    assertOpen()
    const { operation, prepared } = statement(sql)
    return call(operation, () => execute(prepared))
  }

  return {
    all: (sql, values = []) => query(sql, (prepared) => prepared.all(values)),
    get: (sql, values = []) => query(sql, (prepared) => prepared.get(values)),
    run: (sql, values = []) => query(sql, (prepared) => prepared.run(values)),

    /**
     * All or nothing, in one round trip. `work` is synchronous: on a single connection an `await` would let other requests in between.
     *
     * @template T
     * @param {string} name what it does; becomes part of the operation's name
     * @param {(run: (sql: string, values?: unknown[]) => { changes: number, lastInsertRowid: number | bigint }) => T} work
     * @returns {Promise<T>}
     */
    async transaction(name, work) {
      assertOpen()
      return call(`TRANSACTION ${name}`, () => {
        engine.exec('BEGIN')
        try {
          const result = work((sql, values = []) => statement(sql).prepared.run(values))
          engine.exec('COMMIT')
          return result
        } catch (error) {
          engine.exec('ROLLBACK')
          throw error
        }
      })
    },

    close() {
      isClosed = true
      for (const { prepared } of statements.values()) prepared.finalize()
      statements.clear()
      engine.close()
    },
  }
}

/** @typedef {ReturnType<typeof createDatabase>} Database */
