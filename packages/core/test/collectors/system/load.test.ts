import { expect, test } from 'vitest'
import { LoadCollector } from '../../../src/collectors/system/load.js'
import { FixtureTree } from '../fixture-tree.js'

test('the three averages', () => {
  const tree = new FixtureTree({ 'proc/loadavg': '0.10 1.06 12.01 1/92 6002\n' })
  expect(new LoadCollector(tree).read()).toEqual({ loadAverage: [0.1, 1.06, 12.01] })
})

test('missing is nothing, garbled is a fault', () => {
  expect(new LoadCollector(new FixtureTree()).read()).toEqual({})
  expect(() => new LoadCollector(new FixtureTree({ 'proc/loadavg': '0.10\n' })).read()).toThrow('/proc/loadavg')
})
