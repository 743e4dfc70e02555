import { pbkdf2 } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ResourceCensusTaker } from '../../src/census/census.js'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import type { RawFrame } from '../../src/tracker/frames.js'
import type { ResourceSite } from '../../src/types/captures.js'

let clock: ManualClock
let guard: Guard
let taker: ResourceCensusTaker
let running: { component: string; operation: string } | null

const resolve = ({ url: file, line, column, function: name }: RawFrame) => ({ file, line, column, function: name })

beforeEach(() => {
  clock = new ManualClock()
  guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  running = null
  taker = new ResourceCensusTaker({ clock, guard, current: () => running, resolve, random: () => 0 })
  taker.start()
})

afterEach(() => {
  taker.stop()
  expect(clock.timerCount).toBe(0)
  expect(guard.faults).toEqual([])
})

const of = (sites: readonly ResourceSite[], type: string) => sites.filter((site) => site.type === type)

describe('a census', () => {
  it('counts what is created and what is left of it, by type, place and operation', async () => {
    const taken = taker.take(1000)
    running = { component: 'http', operation: 'GET /leak' }
    const timers = Array.from({ length: 30 }, () => setTimeout(() => {}, 60_000))
    running = { component: 'http', operation: 'GET /fine' }
    for (let n = 0; n < 7; n++) clearTimeout(setTimeout(() => {}, 60_000))
    running = null
    await new Promise(setImmediate) // destroyed timers are told at the end of the turn
    clock.advance(600)
    const late = setTimeout(() => {}, 60_000)
    clock.advance(400)
    const { sites, durationMs } = await taken
    for (const timer of [...timers, late]) clearTimeout(timer)
    expect(durationMs).toBe(1000)
    const [leak, fine, rest] = of(sites, 'Timeout')
    expect(leak).toMatchObject({ component: 'http', operation: 'GET /leak', created: 30, alive: 30 })
    expect(leak?.location?.file).toMatch(/census\.test\.ts$/)
    expect(leak?.location?.line).toBeGreaterThan(1)
    expect(fine).toMatchObject({ operation: 'GET /fine', created: 7, alive: 0 })
    // created in the second half: too young to say
    expect(rest).toMatchObject({ component: null, operation: null, alive: 0 })
  })

  it('shares out by place what it did not look at, so that the sums are those of all', async () => {
    const taken = taker.take(1000)
    running = { component: 'job', operation: 'x' }
    const kept: NodeJS.Timeout[] = []
    for (let n = 0; n < 300; n++) {
      kept.push(setTimeout(() => {}, 60_000))
      if (n % 3 === 0) clearTimeout(setTimeout(() => {}, 60_000))
      clock.advance(1)
    }
    running = null
    await new Promise(setImmediate)
    clock.advance(700)
    const sites = of((await taken).sites, 'Timeout').filter(({ operation }) => operation === 'x')
    for (const timer of kept) clearTimeout(timer)
    expect(sites).toHaveLength(2)
    expect(sites.reduce((sum, { created }) => sum + created, 0)).toBe(400)
    expect(sites.map(({ alive }) => alive)).toEqual([300, 0])
    expect(sites[0]?.location?.line).not.toBe(sites[1]?.location?.line)
  })

  it('sees sockets, files and jobs of the thread pool by their own types', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perf-monitor-census-'))
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const taken = taker.take(1000)
    running = { component: 'job', operation: 'all kinds' }
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    await promisify(pbkdf2)('secret', 'salt', 1, 16, 'sha256')
    const closed = await open(join(folder, 'closed'), 'w')
    await closed.close()
    const left = await open(join(folder, 'left'), 'w')
    await readFile(join(folder, 'left'))
    running = null
    clock.advance(1000)
    const { sites } = await taken
    await left.close()
    socket.destroy()
    server.close()
    rmSync(folder, { recursive: true })
    const mine = (type: string) => of(sites, type).filter(({ operation }) => operation === 'all kinds')
    expect(mine('PBKDF2REQUEST')).toMatchObject([{ created: 1 }])
    expect(mine('PBKDF2REQUEST')[0]?.location?.file).toMatch(/census\.test\.ts$/)
    expect(mine('TCPWRAP').reduce((sum, { alive }) => sum + alive, 0)).toBeGreaterThanOrEqual(1)
    // Node 26 does more with fewer requests
    const calls = [...mine('FSREQPROMISE'), ...mine('FSREQCALLBACK')]
    expect(calls.reduce((sum, { created }) => sum + created, 0)).toBeGreaterThanOrEqual(2)
    // two were opened, by `readFile` a third before Node 26; one is left: closed ones are destroyed only when they are collected
    expect(mine('FILEHANDLE').reduce((sum, { created }) => sum + created, 0)).toBeGreaterThanOrEqual(2)
    expect(mine('FILEHANDLE').reduce((sum, { alive }) => sum + alive, 0)).toBe(1)
  })

  it('is one at a time, within bounds, and ends when it is stopped', async () => {
    const taken = taker.take(1000)
    await expect(taker.take(1000)).rejects.toMatchObject({ code: 'PERF_PROFILE_REFUSED', reason: 'running' })
    await expect(taker.take(10)).rejects.toMatchObject({ code: 'PERF_ARGUMENT_INVALID' })
    await expect(taker.take(1e9)).rejects.toMatchObject({ code: 'PERF_ARGUMENT_INVALID' })
    clock.advance(300)
    taker.stop()
    expect((await taken).durationMs).toBe(300)
  })

  it('keeps the last ten, and tells those of a window, the newest first', async () => {
    const ended: string[] = []
    for (let n = 0; n < 12; n++) {
      const taken = taker.take(1000)
      clock.advance(1000)
      ended.push((await taken).endedAt)
    }
    const all = taker.recent(0, clock.now())
    expect(all.map(({ endedAt }) => endedAt)).toEqual(ended.slice(2).reverse())
    expect(taker.recent(clock.now() - 2500, clock.now() - 500)).toHaveLength(2)
  })

  it('never throws into the app, whatever is asked of it fails', async () => {
    const failing = new ResourceCensusTaker({
      clock,
      guard,
      resolve,
      current: () => {
        throw new Error('no context')
      },
    })
    const taken = failing.take(1000)
    const timer = setTimeout(() => {}, 60_000)
    clearTimeout(timer)
    clock.advance(1000)
    expect((await taken).sites).toEqual([])
  })
})

describe('listeners', () => {
  it('of an emitter that has too many are a site, until they are gone', async () => {
    const listeners = process.listenerCount('warning')
    const emitter = new EventEmitter()
    const added = Array.from({ length: 14 }, () => () => {})
    const warned = once(process, 'warning')
    running = { component: 'http', operation: 'GET /subscribe' }
    for (const listener of added) emitter.on('change', listener)
    await warned
    running = null
    const [census] = taker.recent(0, clock.now())
    expect(census?.sites).toMatchObject([
      { type: 'Listener', component: 'http', operation: 'GET /subscribe', created: 4, alive: 4 },
    ])
    expect(census?.sites[0]?.location?.file).toMatch(/census\.test\.ts$/)
    for (const listener of added) emitter.off('change', listener)
    expect(taker.recent(0, clock.now())).toEqual([])
    taker.stop()
    expect(process.listenerCount('warning')).toBe(listeners - 1)
    taker.start()
  })
})
