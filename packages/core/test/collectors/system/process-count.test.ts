import { expect, test } from 'vitest'
import { ProcessCountCollector, UptimeCollector } from '../../../src/collectors/system/process-count.js'
import { FixtureTree } from '../fixture-tree.js'

const countIn = (files: Record<string, string>) =>
  new ProcessCountCollector({ root: new FixtureTree(files).root, monotonicMs: () => 0 }).read()

test('processes are the numeric entries of /proc', () => {
  expect(countIn({ 'proc/1/stat': '', 'proc/4711/stat': '', 'proc/self/stat': '', 'proc/loadavg': '' })).toEqual({
    processCount: 2,
  })
})

test('they are listed every five seconds', () => {
  const tree = new FixtureTree({ 'proc/1/stat': '' })
  let nowMs = 0
  const collector = new ProcessCountCollector({ root: tree.root, monotonicMs: () => nowMs })
  collector.read()
  tree.write({ 'proc/2/stat': '' })
  nowMs = 4000
  expect(collector.read()).toEqual({ processCount: 1 })
  nowMs = 5000
  expect(collector.read()).toEqual({ processCount: 2 })
})

test('no /proc, or an empty one, gives null', () => {
  expect(countIn({})).toEqual({ processCount: null })
  expect(countIn({ 'proc/loadavg': '' })).toEqual({ processCount: null })
})

test('uptime', () => {
  expect(new UptimeCollector(new FixtureTree({ 'proc/uptime': '2306.37 4500.11\n' })).read()).toEqual({
    uptimeSeconds: 2306.37,
  })
  expect(new UptimeCollector(new FixtureTree()).read()).toEqual({})
  expect(() => new UptimeCollector(new FixtureTree({ 'proc/uptime': 'long\n' })).read()).toThrow('/proc/uptime')
})
