import { describe, expect, it } from 'vitest'
import { arrivalGapMs, filled, randomOf, requestOf, scaled } from '../lib/traffic.mjs'

describe('traffic', () => {
  it('fills placeholders: the same one with the same value, random ones within their range', () => {
    const random = randomOf(1)
    expect(filled('/orders/{i}', { random, count: 7 })).toBe('/orders/7')
    const drawn = Array.from({ length: 500 }, () => Number(filled('{n:5}', { random, count: 1 })))
    expect(new Set(drawn)).toEqual(new Set([1, 2, 3, 4, 5]))
    const [from, to] = filled('/{n}/{n}', { random, count: 1 }).slice(1).split('/')
    expect(from).toBe(to)
  })

  it('asks for the same things in the same order with the same seed', () => {
    const paths = (seed) => {
      const random = randomOf(seed)
      return Array.from({ length: 20 }, () => filled('/{n}', { random, count: 0 }))
    }
    expect(paths(3)).toEqual(paths(3))
    expect(paths(3)).not.toEqual(paths(4))
  })

  it('arrives at the rate that was asked for', () => {
    const random = randomOf(9)
    let sum = 0
    for (let i = 0; i < 20_000; i++) sum += arrivalGapMs(50, random)
    expect(sum / 20_000).toBeGreaterThan(19)
    expect(sum / 20_000).toBeLessThan(20.5) // the cut of long gaps takes 2 %
  })

  it('scales rates, clients and bursts, never to nothing', () => {
    expect(scaled({ ratePerSecond: 10 }, 0.5).ratePerSecond).toBe(5)
    expect(scaled({ concurrency: 3 }, 0.1).concurrency).toBe(1)
    expect(scaled({ burst: { everySeconds: 5, count: 40 } }, 2).burst).toEqual({ everySeconds: 5, count: 80 })
  })

  it('sends an object as JSON, with its placeholders filled and its length', () => {
    const entry = { method: 'POST', path: '/orders', body: { customer: '{i}' } }
    const { headers, body } = requestOf(entry, { random: randomOf(1), count: 12 })
    expect(JSON.parse(body.toString())).toEqual({ customer: '12' })
    expect(headers).toEqual({ 'content-type': 'application/json', 'content-length': body.length })
    expect(requestOf({ path: '/u', bodyBytes: 1000 }, { random: randomOf(1), count: 1 }).body).toHaveLength(1000)
  })
})
