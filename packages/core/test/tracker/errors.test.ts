import { afterEach, describe, expect, it } from 'vitest'
import { safeMessage } from '../../src/tracker/errors.js'
import { captured, served } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const SELECT = { component: 'db', operation: 'select' }

class NotFoundError extends Error {}

function broken(message = 'order 4711 is gone'): Error {
  return new NotFoundError(message)
}

describe('errors', () => {
  it('without a stack are placed where the call was made, unless that is several places', () => {
    const { tracker, window } = captured()
    const select = tracker.operation('db', 'select')
    function here() {
      select.begin().end(false, 'text')
    }
    here()
    here()
    expect(window().errors(SELECT)).toMatchObject([{ class: 'string', count: 2, location: { function: 'here' } }])
    select.begin().end(false, 'text')
    expect(window().errors(SELECT)).toMatchObject([{ class: 'string', count: 3, location: null }])
  })

  it('are counted by operation, class and place', () => {
    const { tracker, window, clock } = captured()
    const select = tracker.operation('db', 'select')
    for (let n = 0; n < 3; n++) {
      select.begin().end(false, broken(`order ${n} is gone`))
      clock.advance(1000)
    }
    select.begin().end(false, new TypeError('x'))
    select.begin().end(false)
    select.begin().end(true, new Error('not a failure'))
    const [first, second, ...more] = window().errors(SELECT)
    expect(first).toMatchObject({
      ...SELECT,
      class: 'NotFoundError',
      message: 'order <n> is gone',
      count: 3,
      location: { function: 'broken' },
      firstAt: '2026-01-01T00:00:00.000Z',
      lastAt: '2026-01-01T00:00:02.000Z',
    })
    expect(first?.location?.file).toMatch(/errors\.test\.ts$/)
    expect(second).toMatchObject({ class: 'TypeError', count: 1 })
    expect(more).toEqual([])
  })

  it('are those of the window', () => {
    const { tracker, reader, clock } = captured()
    const select = tracker.operation('db', 'select')
    const start = clock.now()
    const fail = () => select.begin().end(false, broken())
    fail()
    clock.advance(300_000)
    fail()
    fail()
    const counts = (from: number, to: number) =>
      reader
        .within({ from, to })
        .errors(SELECT)
        .map(({ count }) => count)
    expect(counts(start, clock.now())).toEqual([3])
    expect(counts(clock.now() - 60_000, clock.now())).toEqual([2])
    clock.advance(3_600_000)
    expect(counts(clock.now() - 600_000, clock.now())).toEqual([])
  })

  it('of a request are counted when its answer is a failure, and stand in its trace', async () => {
    const { tracker, window } = captured()
    const server = await served(tracker, (req, res, exchange) => {
      exchange.fail(broken())
      exchange.fail(new Error('made of the first'))
      res.statusCode = req.url === '/fails' ? 500 : 404
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/fails')
    await server.get('/missing')
    const of = (operation: string) => ({ component: 'http', operation })
    expect(
      window()
        .errors(of('GET /fails'))
        .map(({ class: name, count }) => [name, count]),
    ).toEqual([['NotFoundError', 1]])
    expect(window().errors(of('GET /missing'))).toEqual([])
    expect(window().traces(of('GET /fails'))[0]).toMatchObject({
      reason: 'failed',
      error: { class: 'NotFoundError', message: 'order <n> is gone', location: { function: 'broken' } },
    })
    expect(window().traces(of('GET /missing'))[0]?.error).toBeNull()
  })

  it('can be anything that is thrown', () => {
    const { tracker, window } = captured()
    const select = tracker.operation('db', 'select')
    const hostile = {
      get name(): string {
        throw new Error('name')
      },
      get message(): string {
        throw new Error('message')
      },
      get stack(): string {
        throw new Error('stack')
      },
    }
    const proxy = new Proxy(
      {},
      {
        get() {
          throw new Error('trap')
        },
        getPrototypeOf() {
          throw new Error('trap')
        },
      },
    )
    for (const thrown of [
      'text',
      7,
      null,
      Symbol('s'),
      hostile,
      proxy,
      Object.create(null),
      new AggregateError([], ''),
    ]) {
      select.begin().end(false, thrown)
    }
    const classes = window()
      .errors(SELECT)
      .map(({ class: name }) => name)
    expect(classes.sort()).toEqual(['AggregateError', 'Object', 'null', 'number', 'string', 'symbol'])
  })

  it('are bounded, and read at most 50 times a second', () => {
    const { tracker, captures, window } = captured({ maxErrorRecords: 25 })
    const select = tracker.operation('db', 'select')
    let reads = 0
    for (let n = 0; n < 1000; n++) {
      const error = broken()
      const { stack } = error
      Object.defineProperty(error, 'stack', {
        get() {
          reads++
          return stack
        },
      })
      select.begin().end(false, error)
    }
    expect(reads).toBe(50)
    expect(window().errors(SELECT)).toMatchObject([
      { class: 'NotFoundError', count: 1000, location: { function: 'broken' } },
    ])
    for (let n = 0; n < 100; n++) {
      class Named extends Error {
        override name = `Error${'x'.repeat(n)}`
      }
      select.begin().end(false, new Named())
    }
    expect(captures.errors).toMatchObject({ used: 20 })
    for (let n = 0; n < 10; n++) tracker.operation('db', `select ${n}`).begin().end(false, 'text')
    expect(captures.errors.used).toBe(25)
    expect(captures.errors.rejected).toBe(100 - 19 + 5)
  })

  it('of a library are placed where the app called it, for everything that they pass through', async () => {
    const { tracker, window } = captured()
    const error = new (class DatabaseError extends Error {
      override name = 'error'
    })('syntax')
    error.stack = 'error: syntax\n    at Parser.parse (/app/node_modules/driver/parser.js:1:1)'
    const server = await served(tracker, function list(_req, res, exchange) {
      tracker.operation('db', 'select').begin().end(false, error)
      exchange.fail(error)
      res.statusCode = 500
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/orders')
    const http = { component: 'http', operation: 'GET /orders' }
    const expected = { class: 'DatabaseError', location: { function: 'list' } }
    expect(window().errors(SELECT)).toMatchObject([expected])
    expect(window().errors(http)).toMatchObject([expected])
    expect(window().traces(http)[0]?.error).toMatchObject(expected)
  })

  it('that pass through several operations are read once', () => {
    const { tracker, window } = captured()
    const error = broken()
    let reads = 0
    const { stack } = error
    Object.defineProperty(error, 'stack', {
      get() {
        reads++
        return stack
      },
    })
    const outer = tracker.begin(tracker.operation('job', 'outer'))
    outer.run(() => tracker.operation('db', 'select').begin().end(false, error))
    outer.end(false, error)
    expect(reads).toBe(1)
    expect(window().errors({ component: 'job', operation: 'outer' })[0]?.location?.function).toBe('broken')
  })
})

describe('safeMessage', () => {
  it.each([
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <n>:<n>'],
    [
      'duplicate key value violates unique constraint "users_email"',
      "duplicate key value violates unique constraint '…'",
    ],
    ['no user ada@example.org\n  here', 'no user <email> here'],
    ["can't open the user's file", "can't open the user's file"],
    ["invalid input: 'o''brien'", "invalid input: '…''…'"],
    ['order 65f1c0ffee65f1c0ffee65f1 missing', 'order <id> missing'],
    ['token 550e8400-e29b-41d4-a716-446655440000 expired', 'token <id> expired'],
    ['GET /a?token=secret&x=1 failed', 'GET /a?… failed'],
    ['timeout of 1500ms exceeded', 'timeout of <n>ms exceeded'],
  ])('%s', (message, safe) => {
    expect(safeMessage(message)).toBe(safe)
  })

  it('is short, and quick whatever it is given', () => {
    for (const text of [
      'x'.repeat(1e6),
      '"'.repeat(1e5),
      "'a".repeat(1e5),
      'a@'.repeat(1e5),
      '0-'.repeat(1e5),
      '?a'.repeat(1e5),
    ]) {
      const before = performance.now()
      expect(safeMessage(text).length).toBeLessThanOrEqual(200)
      expect(performance.now() - before).toBeLessThan(1000) // a catastrophic pattern would take minutes
    }
  })
})
