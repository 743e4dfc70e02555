import { channel, tracingChannel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type * as Mysql2Types from 'mysql2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModuleWatch } from '../../src/instruments/module-watch.js'
import { Mysql2Instrument } from '../../src/instruments/mysql2.js'
import { type Measured, measured } from './measured.js'

const require = createRequire(import.meta.url)
const mysql = require('mysql2') as typeof Mysql2Types & { createServer(): FakeServer }

interface FakeServer {
  listen(port: number): void
  close(): void
  on(event: 'connection', listener: (connection: FakeConnection) => void): void
  _server: import('node:net').Server
}

interface FakeConnection {
  serverHandshake(options: object): void
  on(event: string, listener: (text: string) => void): void
  sequenceId: number
  handlePacket(packet?: { sequenceId: number }): void
  writeTextResult(rows: object[], columns: object[]): void
  writeError(error: { code: number; message: string }): void
}

let all: Measured
let instrument: Mysql2Instrument
/** mysql2 brings a server's side of the protocol as well. */
let server: FakeServer
let port: number

beforeEach(async () => {
  all = measured()
  instrument = new Mysql2Instrument({ ...all, modules: new ModuleWatch(all) })
  instrument.start()
  server = mysql.createServer()
  server.on('connection', (connection) => {
    const handle = connection.handlePacket
    connection.handlePacket = function (packet) {
      if (packet !== undefined) this.sequenceId = packet.sequenceId // it would count on where a command begins anew
      handle.call(this, packet)
    }
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff ^ 0x800, // no TLS
    })
    connection.on('query', (text) => {
      if (text.includes('broken')) return connection.writeError({ code: 1064, message: 'planted' })
      connection.writeTextResult(
        [{ a: '7' }],
        [
          {
            catalog: 'def',
            schema: '',
            table: '',
            orgTable: '',
            name: 'a',
            orgName: 'a',
            characterSet: 33,
            columnLength: 10,
            columnType: 253,
            flags: 0,
            decimals: 0,
          },
        ],
      )
    })
    connection.on('error', () => {})
  })
  server.listen(0)
  if (!server._server.listening) await once(server._server, 'listening')
  port = (server._server.address() as AddressInfo).port
})

afterEach(() => {
  instrument.stop()
  server.close()
  expect(all.guard.faults).toEqual([])
})

const of = (job: string) => all.tree()[`job ${job}`]?.children

describe('mysql2', () => {
  it('names queries without the values that it writes into them, apart from the wait for a connection', async () => {
    const pool = mysql.createPool({
      host: '127.0.0.1',
      port,
      user: 'me',
      password: '',
      database: 'shop',
      connectionLimit: 1,
    })
    const query = async (text: string, values: unknown[]) => (await pool.promise().query(text, values))[0]
    await all.inJob('a', async () => {
      expect(
        await query('select a from t where b = ? and c in (?) and d = "it\'s"', ["it's \\' secret", [1, 2, 3]]),
      ).toEqual([{ a: '7' }])
    })
    await all.inJob('b', () => expect(query('broken ?', [5])).rejects.toThrow('planted'))
    await new Promise<void>((resolve) => pool.end(() => resolve()))
    expect(of('a')).toEqual({
      'db (connect mysql2)': 1,
      [`pool mysql2 127.0.0.1:${port}/shop`]: 1,
      'db select a from t where b = ? and c in (?) and d = ?': 1,
    })
    expect(all.tree()['db broken ?']).toMatchObject({ success: 0, failure: 1 })
  })

  it('keeps queries with who made them, although a pool runs them where another gave its connection back', async () => {
    const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'me', password: '', connectionLimit: 1 })
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(names.map((name) => all.inJob(name, () => pool.promise().query(`select x from ${name}`))))
    await new Promise<void>((resolve) => pool.end(() => resolve()))
    for (const name of names) {
      expect(of(name)).toMatchObject({ [`pool mysql2 127.0.0.1:${port}`]: 1, [`db select x from ${name}`]: 1 })
    }
  })

  it('tells how full the pool is, and who took what has not come back', async () => {
    const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'me', password: '', connectionLimit: 2 }).promise()
    const taken = await all.inJob('leaky', () => pool.getConnection())
    await all.inJob('query', () => pool.query('select x from y'))
    expect(all.pools.read()).toMatchObject([
      {
        name: `mysql2 127.0.0.1:${port}`,
        maxConnections: 2,
        openConnections: 2,
        idleConnections: 1,
        waitingRequests: 0,
        holders: [{ component: 'job', operation: 'leaky', held: 1 }],
      },
    ])
    expect(all.pools.read()[0]?.holders[0]?.location?.file).toMatch(/mysql2\.test\.ts$/)
    taken.release()
    expect(all.pools.read()).toMatchObject([{ idleConnections: 2, holders: [] }])
    await pool.end()
    expect(all.pools.read()).toEqual([])
  })

  it('takes prepared statements and streams as it takes queries', async () => {
    const execute = tracingChannel<object, { query: string }>('mysql2:execute')
    const statement = { query: 'select a from t where b = ? and c = 5' }
    await all.inJob('a', () => execute.tracePromise(async () => {}, statement))
    const planted = () => {
      throw new Error('planted')
    }
    expect(() => execute.traceSync(planted, { ...statement })).toThrow('planted')
    expect(all.tree()['db select a from t where b = ? and c = ?']).toMatchObject({ success: 1, failure: 1 })

    const connection = mysql.createConnection({ host: '127.0.0.1', port, user: 'me', password: '' })
    const rows: unknown[] = []
    const stream = connection.query('select a from streamed where x = 5').on('result', (row) => rows.push(row))
    await once(stream, 'end')
    connection.destroy()
    expect(rows).toEqual([{ a: '7' }])
    expect(all.tree()['db select a from streamed where x = ?']).toMatchObject({ success: 1 })
  })

  it('leaves no subscriber behind', () => {
    expect(instrument.state).toEqual({ seen: true, reason: null })
    instrument.stop()
    for (const name of ['query', 'execute', 'connect', 'pool:connect']) {
      for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
        expect(channel(`tracing:mysql2:${name}:${event}`).hasSubscribers).toBe(false)
      }
    }
  })
})
