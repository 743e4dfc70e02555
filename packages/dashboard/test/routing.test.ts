import { describe, expect, it } from 'vitest'
import { formatRoute, linkTo, parseRoute } from '../src/routing.js'

describe('addresses', () => {
  it.each([
    '#/',
    '#/findings',
    '#/finding/n1%20orders%2F2',
    '#/operations?range=1h&q=orders+get&sort=p95&dir=asc&component=http',
    '#/operation/http/GET%20%2Forders%2F%3Aid?range=1767225600000-1767226200000',
    '#/trace/a1b2',
    '#/profiles',
    '#/profile/8f%2F?range=1h',
    '#/alerts?range=5m',
    '#/system?range=1d',
  ])('reads and writes %s the same', (hash) => {
    expect(formatRoute(parseRoute(hash))).toBe(hash)
  })

  it('takes anything else for the overview of the last ten minutes', () => {
    for (const hash of ['', '#', '#/nothing', '#/operation/http', '#/?range=never', '#/?range=0m', '#/?range=99999d']) {
      const route = parseRoute(hash)
      expect(route.view).toBe('overview')
      expect(route.range).toEqual({ kind: 'last', lastMs: 600_000 })
    }
  })

  it('survives an escape that was cut off', () => {
    expect(parseRoute('#/finding/50%').id).toBe('50%')
  })

  it('names what its operation is called, whatever it holds', () => {
    const link = linkTo(parseRoute('#/'), {
      view: 'operation',
      component: 'db',
      operation: 'select a/b where c = ? #1 & "x"',
    })
    expect(parseRoute(link)).toMatchObject({ component: 'db', operation: 'select a/b where c = ? #1 & "x"' })
  })

  it('takes the range along to another view, and nothing else', () => {
    const from = parseRoute('#/operations?range=30m&q=orders&sort=p99')
    expect(linkTo(from, { view: 'alerts' })).toBe('#/alerts?range=30m')
  })
})
