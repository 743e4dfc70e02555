import { afterEach, describe, expect, it } from 'vitest'
import type { Operation } from '../../src/tracker/operation.js'
import { type Captured, captured, served } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** As in a driver: the run is begun below the app's own function. */
function call(operation: Operation): void {
  operation.begin().end()
}

async function listOrders(operation: Operation): Promise<void> {
  await null
  await query(operation)
}

async function query(operation: Operation): Promise<void> {
  await null
  call(operation)
}

function siteNames({ window }: Captured, parent: { component: string; operation: string } | null): string[] {
  return window()
    .callSites({ component: 'db', operation: 'select' }, parent)
    .map(({ location, samples }) => `${location.function} ${samples}`)
}

describe('call sites', () => {
  it('are the first frame of the app, by caller', () => {
    const parts = captured()
    const { tracker, window } = parts
    const select = tracker.operation('db', 'select')
    function fromJob() {
      call(select)
    }
    const job = tracker.begin(tracker.operation('job', 'report'))
    job.run(fromJob)
    job.end()
    call(select)
    expect(siteNames(parts, { component: 'job', operation: 'report' })).toEqual(['call 1'])
    expect(siteNames(parts, null)).toEqual(['call 2'])
    const [site] = window().callSites({ component: 'db', operation: 'select' }, null)
    expect(site?.location.file).toMatch(/call-sites\.test\.ts$/)
    expect(site?.location.line).toBeGreaterThan(1)
    expect(window().callSites({ component: 'db', operation: 'other' }, null)).toEqual([])
    expect(
      window().callSites({ component: 'db', operation: 'select' }, { component: 'job', operation: 'none' }),
    ).toEqual([])
  })

  it('are found behind an await: the stack then has nothing but what waits', async () => {
    const parts = captured()
    const { tracker } = parts
    const select = tracker.operation('db', 'select')
    // evaluated code has no file: it stands for a driver
    const driver = new Function('operation', 'return async () => { await null; operation.begin().end() }')
    const run = driver(select) as () => Promise<void>
    async function handler() {
      await null
      await run()
    }
    await handler()
    expect(siteNames(parts, null)).toEqual(['handler 1'])
    await listOrders(select)
    expect(siteNames(parts, null)).toContain('call 1')
  })

  it('are sampled at first, then once a second, then each 10 s', () => {
    const parts = captured()
    const { tracker, clock } = parts
    const select = tracker.operation('db', 'select')
    const samples = () => parts.window().callSites({ component: 'db', operation: 'select' }, null)[0]?.samples
    for (let n = 0; n < 100; n++) call(select)
    expect(samples()).toBe(5)
    for (let second = 0; second < 15; second++) {
      clock.advance(1000)
      call(select)
      call(select)
    }
    expect(samples()).toBe(20)
    for (let second = 0; second < 30; second++) {
      clock.advance(1000)
      call(select)
    }
    expect(samples()).toBe(23)
  })

  it('of a new caller are sampled although another was just before', () => {
    const parts = captured()
    const { tracker } = parts
    const select = tracker.operation('db', 'select')
    for (let n = 0; n < 20; n++) {
      for (const name of ['a', 'b']) {
        const job = tracker.begin(tracker.operation('job', name))
        job.run(() => call(select))
        job.end()
      }
    }
    for (const operation of ['a', 'b']) expect(siteNames(parts, { component: 'job', operation })).toEqual(['call 5'])
  })

  it('are bounded in number and in captures a second', () => {
    const parts = captured({ maxCallSites: 3 })
    const { tracker, captures, clock } = parts
    for (let n = 0; n < 200; n++) call(tracker.operation('db', `select ${n}`))
    expect(captures.sites).toMatchObject({ used: 3, rejected: 47 })
    clock.advance(1000)
    for (let n = 0; n < 200; n++) call(tracker.operation('db', `select ${n}`))
    expect(captures.sites.rejected).toBe(47 + 47)
  })

  it('of a request whose route is not known yet become those of the route', async () => {
    const parts = captured()
    const { tracker } = parts
    const select = tracker.operation('db', 'select')
    const server = await served(tracker, (_req, res, exchange) => {
      exchange.clearRoute()
      call(select)
      exchange.setRoute('/later')
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/orders')
    expect(siteNames(parts, { component: 'http', operation: 'GET /later' })).toEqual(['call 1'])
    expect(siteNames(parts, { component: 'http', operation: 'GET /orders' })).toEqual([])
    const [trace] = parts.window().traces({ component: 'http', operation: 'GET /later' })
    expect(trace?.spans[0]?.site?.function).toBe('call')
  })

  it('stand in a trace: of the very call, or the only one known of its pair', async () => {
    const parts = captured()
    const { tracker } = parts
    const [one, two] = [tracker.operation('db', 'one place'), tracker.operation('db', 'two places')]
    function elsewhere(operation: Operation) {
      operation.begin().end()
    }
    const server = await served(tracker, (_req, res) => {
      for (let n = 0; n < 7; n++) call(one)
      for (let n = 0; n < 4; n++) {
        call(two)
        elsewhere(two)
      }
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/orders')
    const [trace] = parts.window().traces({ component: 'http', operation: 'GET /orders' })
    const sites = (operation: string) =>
      trace?.spans.filter((span) => span.operation === operation).map(({ site }) => site?.function ?? null)
    expect(sites('one place')).toEqual(Array(7).fill('call'))
    expect(sites('two places')).toEqual(['call', 'elsewhere', 'call', 'elsewhere', 'call', null, null, null])
  })

  it('of a call that a pool makes elsewhere are those of the wait for the pool', () => {
    const parts = captured()
    const { tracker, window } = parts
    const driver = new Function('begin', 'begin()') as (begin: () => void) => void
    // no frame of a file between us and the run: as from a socket's callback
    const [pool, select] = [tracker.operation('pool', 'pg'), tracker.operation('db', 'select')]
    const job = tracker.begin(tracker.operation('job', 'report'))
    function poolQuery() {
      pool.begin().end()
    }
    job.run(poolQuery)
    const outside = job.run(() => withoutStack(() => driver(() => select.begin())))
    expect(outside).toBeUndefined()
    expect(
      window()
        .callSites({ component: 'db', operation: 'select' }, null)
        .map(({ location }) => location.function),
    ).toEqual(['poolQuery'])
  })

  it('follow each call through its own wait, and are not guessed while some were not seen', () => {
    const parts = captured()
    const { tracker, window } = parts
    const driver = new Function('operation', 'operation.begin().end()') as (operation: Operation) => void
    const [pool, select] = [tracker.operation('pool', 'pg'), tracker.operation('db', 'select')]
    /** As a pool's `query`: the wait on this tick, the query on another. */
    const query = (wait: () => void) => {
      wait()
      withoutStack(() => driver(select))
    }
    function here() {
      pool.begin().end()
    }
    function there() {
      pool.begin().end()
    }
    const job = tracker.begin(tracker.operation('job', 'report'))
    job.run(() => {
      for (let n = 0; n < 20; n++) here() // nothing of it is sampled any more
      query(here)
      const [seen] = window().callSites({ component: 'db', operation: 'select' }, null)
      expect(seen).toBeUndefined()
      query(here)
      query(there)
    })
    job.end()
    const sites = window().callSites(
      { component: 'db', operation: 'select' },
      { component: 'job', operation: 'report' },
    )
    expect(sites.map(({ location, samples }) => [location.function, samples])).toEqual([
      ['here', 1],
      ['there', 1],
    ])
    const [trace] = window().traces({ component: 'job', operation: 'report' })
    const shown = trace?.spans.filter(({ component }) => component === 'db').map(({ site }) => site?.function ?? null)
    expect(shown).toEqual([null, 'here', 'there'])
  })

  it('leave the app its own way of formatting stacks', () => {
    const { tracker } = captured()
    const select = tracker.operation('db', 'select')
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    let formatted = 0
    const own = (error: Error) => {
      formatted++
      return `own ${error.message}`
    }
    Error.prepareStackTrace = own
    Error.stackTraceLimit = 3
    try {
      call(select)
      expect([Error.prepareStackTrace, Error.stackTraceLimit, formatted]).toEqual([own, 3, 0])
      expect(new Error('x').stack).toBe('own x')
    } finally {
      if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
      else Object.defineProperty(Error, 'prepareStackTrace', before)
      Error.stackTraceLimit = 10
    }
    expect(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')).toEqual(before)
  })

  it('say where the function of a handler begins', async () => {
    const parts = captured()
    const { tracker } = parts
    const select = tracker.operation('db', 'select')
    const route = tracker.operation('handler', 'GET /orders')
    async function orders() {
      await null
      call(select)
    }
    const server = await served(tracker, async (_req, res, exchange) => {
      const handler = exchange.beginHandler(route)
      await orders()
      handler.end()
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/orders')
    const { definition } = parts.window()
    // the outermost function of the app on the stack is the one that a framework called
    expect(definition({ component: 'handler', operation: 'GET /orders' })?.file).toMatch(/call-sites\.test\.ts$/)
    expect(definition({ component: 'handler', operation: 'other' })).toBeNull()
  })
})

/** Runs `fn` so that no frame of this file is seen: what V8 may look at is cut off. */
function withoutStack(fn: () => void): void {
  const { captureStackTrace } = Error
  Error.captureStackTrace = (target: object) => {
    Object.defineProperty(target, 'stack', { value: [], configurable: true })
  }
  try {
    fn()
  } finally {
    Error.captureStackTrace = captureStackTrace
  }
}
