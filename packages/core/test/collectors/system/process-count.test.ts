import { expect, test } from 'vitest'
import { ProcessCountCollector, UptimeCollector } from '../../../src/collectors/system/process-count.js'
import { FixtureTree } from '../fixture-tree.js'

test('processes are the numeric entries of /proc', () => {
  const tree = new FixtureTree({ 'proc/1/stat': '', 'proc/4711/stat': '', 'proc/self/stat': '', 'proc/loadavg': '' })
  expect(new ProcessCountCollector(tree).read()).toEqual({ processCount: 2 })
})

test('no /proc, or an empty one, gives null', () => {
  expect(new ProcessCountCollector(new FixtureTree()).read()).toEqual({ processCount: null })
  expect(new ProcessCountCollector(new FixtureTree({ 'proc/loadavg': '' })).read()).toEqual({ processCount: null })
})

test('uptime', () => {
  expect(new UptimeCollector(new FixtureTree({ 'proc/uptime': '2306.37 4500.11\n' })).read()).toEqual({
    uptimeSeconds: 2306.37,
  })
  expect(new UptimeCollector(new FixtureTree()).read()).toEqual({})
  expect(() => new UptimeCollector(new FixtureTree({ 'proc/uptime': 'long\n' })).read()).toThrow('/proc/uptime')
})
