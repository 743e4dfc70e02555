import { expect, test } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { hostOfKey, readAgent } from '../../src/instruments/agent-pools.js'
import type { PoolReading } from '../../src/instruments/pools.js'
import { measured } from './measured.js'

const reading = (about: Partial<PoolReading>): PoolReading => ({
  name: 'a',
  max: 5,
  open: 3,
  idle: 1,
  waiting: 0,
  taken: [],
  ...about,
})

test('pools of one name are one record; unlimited is unlimited', () => {
  const { pools } = measured()
  const kept = [{}, {}, {}, {}]
  pools.add(kept[0] as object, () => [reading({ name: 'a', max: 5, waiting: 2 })])
  pools.add(kept[1] as object, () => [reading({ name: 'a', max: 7 }), reading({ name: 'b', max: null })])
  pools.add(kept[1] as object, () => [reading({ name: 'never asked' })])
  pools.add(kept[2] as object, () => [reading({ name: 'b', max: 1 })])
  pools.add(kept[3] as object, () => null)
  expect(pools.read()).toEqual([
    { name: 'a', maxConnections: 12, openConnections: 6, idleConnections: 2, waitingRequests: 2, holders: [] },
    { name: 'b', maxConnections: null, openConnections: 6, idleConnections: 2, waitingRequests: 0, holders: [] },
  ])
  expect(kept).toHaveLength(4)
})

test('holders are counted by who took and where, the longest first; who took it last holds it', async () => {
  const clock = new ManualClock()
  const all = measured({ clock })
  const pool = {}
  const connections = [{}, {}, {}, {}]
  all.pools.add(pool, () => [reading({ taken: connections })])
  const take = (job: string, connection: object) =>
    all.inJob(job, async () => all.pools.took(connection, all.pools.taker(null)))
  await take('early', connections[0] as object)
  clock.advance(400)
  await take('late', connections[1] as object)
  await take('late', connections[2] as object)
  await take('gone', connections[2] as object)
  clock.advance(100)
  const [{ holders } = { holders: [] }] = all.pools.read()
  expect(holders.map(({ operation, held, longestHeldMs }) => [operation, held, longestHeldMs])).toEqual([
    ['early', 1, 500],
    ['late', 1, 100],
    ['gone', 1, 100],
  ])
  expect(holders[0]?.location?.file).toMatch(/pools\.test\.ts$/)
})

test('a pool that throws is a fault, not an end; what is closed is not asked again', () => {
  const all = measured()
  let asked = 0
  const pools = [{}, {}]
  all.pools.add(pools[0] as object, () => {
    throw new Error('changed inside')
  })
  all.pools.add(pools[1] as object, () => {
    asked++
    return null
  })
  expect(all.pools.read()).toEqual([])
  expect(all.pools.gauges().size).toBe(0)
  expect(asked).toBe(1)
  expect(all.guard.faults).toMatchObject([{ part: 'pools', faults: 2, lastError: 'changed inside' }])
})

test('stacks are looked at 50 times a second; then the last place of the same operation stands in', () => {
  const clock = new ManualClock()
  const { pools } = measured({ clock })
  const first = Array.from({ length: 50 }, () => pools.taker(null).frame?.line)
  const later = pools.taker(null).frame?.line
  expect(new Set(first).size).toBe(1)
  expect(later).toBe(first[0])
  clock.advance(1000)
  expect(pools.taker(null).frame?.line).toBeGreaterThan(later as number)
})

test('pools are bounded', () => {
  const { pools } = measured()
  const kept = Array.from({ length: 503 }, () => ({}))
  for (const [n, pool] of kept.entries()) pools.add(pool, () => [reading({ name: `pool ${n}` })])
  expect(pools.rejected).toBe(3)
  expect(pools.read()).toHaveLength(200)
  expect(pools.gauges().size).toBe(120)
})

test('gauges are of pools with a limit first: an agent without one has a pool for each host', () => {
  const { pools } = measured()
  const kept = [{}, {}]
  const hosts = Array.from({ length: 40 }, (_, n) => reading({ name: `agent host-${n}`, max: null }))
  pools.add(kept[0] as object, () => hosts)
  pools.add(kept[1] as object, () => [reading({ name: 'pg', max: 5, waiting: 2 })])
  const gauges = pools.gauges()
  expect([gauges.get('pool.pg.waiting'), gauges.get('pool.pg.max')]).toEqual([2, 5])
  expect(gauges.has('pool.agent host-0.open')).toBe(true)
  expect(gauges.size).toBe(120)
  expect(kept).toHaveLength(2)
})

test('agents: one pool a host, named as its requests are', () => {
  expect(hostOfKey('api.local:8080:', 80)).toBe('api.local:8080')
  expect(hostOfKey('API.local:80::4', 80)).toBe('api.local')
  expect(hostOfKey('api.local:443:::::::::true:::::::::::::', 443)).toBe('api.local')
  expect(hostOfKey('::1:3000:', 80)).toBe('[::1]:3000')
  expect(hostOfKey('fe80::1:2:80:', 80)).toBe('[fe80::1:2]')
  expect(hostOfKey('localhost:::/tmp/socket', 80)).toBeNull()
  const request = {}
  expect(
    readAgent({
      maxSockets: 2,
      defaultPort: 80,
      sockets: { 'a:81:': [{ _httpMessage: request }, { _httpMessage: null }] },
      freeSockets: { 'a:81:': [{}], 'b:80:': [{}] },
      requests: { 'a:81:': [{}, {}, {}] },
    }),
  ).toEqual([
    { name: 'agent a:81', max: 2, open: 3, idle: 1, waiting: 3, taken: [request] },
    { name: 'agent b', max: 2, open: 1, idle: 1, waiting: 0, taken: [] },
  ])
  expect(readAgent({ maxSockets: Number.POSITIVE_INFINITY, sockets: { 'a:81:': [{}] } })).toMatchObject([{ max: null }])
})
