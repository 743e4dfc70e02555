import { describe, expect, it } from 'vitest'
import { type Gauges, gaugesOf, poolsOf, resourceCourse } from '../../src/state/gauges.js'
import { history, iso } from '../fixtures.js'

describe('gaugesOf', () => {
  it('begins with the app, not with the time that was asked for', () => {
    const steps = { timestamps: [iso(0), iso(1000), iso(2000)], measuredMs: [null, 1000, 1000] }
    const gauges = gaugesOf({ ...history([null, 3, 4]), ...steps, gauges: { 'resource.Timeout': [null, 3, 4] } })
    expect(gauges.times).toEqual([Date.parse(iso(1000)), Date.parse(iso(2000))])
    expect(resourceCourse(gauges, 'Timeout')).toEqual([3, 4])
    expect(resourceCourse(gauges, 'TCPSocketWrap')).toEqual([])
    expect(resourceCourse(null, 'Timeout')).toEqual([])
  })

  it('takes an answer without gauges', () => {
    expect(poolsOf(gaugesOf(history([null, 3, 4])))).toEqual([])
  })
})

describe('poolsOf', () => {
  const gauges: Gauges = {
    times: [1, 2, 3],
    columns: {
      'pool.http a.example:80.open': [2, 3, null],
      'pool.http a.example:80.idle': [1, 1, null],
      'pool.http a.example:80.waiting': [0, 0, null],
      'pool.pg 127.0.0.1:5432/shop.open': [5, 5, 5],
      'pool.pg 127.0.0.1:5432/shop.idle': [5, 0, 1],
      'pool.pg 127.0.0.1:5432/shop.waiting': [0, 0, 0],
      'pool.pg 127.0.0.1:5432/shop.max': [5, 5, 5],
      'pool.mysql waits.open': [1, 1, 1],
      'pool.mysql waits.idle': [0, 0, 0],
      'pool.mysql waits.waiting': [0, 7, 0],
      'resource.Timeout': [1, 1, 1],
    },
  }

  it('names them whole, dots included, and tells what is in use', () => {
    const http = poolsOf(gauges).find(({ name }) => name === 'http a.example:80')
    expect(http).toMatchObject({ inUse: [1, 2, null], open: [2, 3, null], max: null })
  })

  it('puts first what somebody waits for, then what has a limit', () => {
    expect(poolsOf(gauges).map(({ name, max }) => [name, max])).toEqual([
      ['mysql waits', null],
      ['pg 127.0.0.1:5432/shop', 5],
      ['http a.example:80', null],
    ])
  })
})
