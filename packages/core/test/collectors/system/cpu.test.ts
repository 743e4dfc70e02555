import { expect, test } from 'vitest'
import { CpuCollector } from '../../../src/collectors/system/cpu.js'
import { FixtureTree } from '../fixture-tree.js'

// user nice system idle iowait irq softirq steal guest guest_nice
const stat = (all: string, ...cores: string[]) =>
  `cpu  ${all}\n${cores.map((core, index) => `cpu${index} ${core}\n`).join('')}intr 12345 0 0\nctxt 99\n`

function readTwice(before: string, after: string) {
  const tree = new FixtureTree({ 'proc/stat': before })
  const collector = new CpuCollector(tree)
  collector.read()
  tree.write({ 'proc/stat': after })
  return collector.read()
}

test('the first reading has no interval', () => {
  const collector = new CpuCollector(
    new FixtureTree({ 'proc/stat': stat('1 2 3 4 5 6 7 8 9 10', '1 2 3 4 5 6 7 8 9 10') }),
  )
  expect(collector.read()).toEqual({})
  expect(collector.coreCount).toBe(1)
})

test('iowait is idle, steal is busy, guest time is not counted twice', () => {
  // busy: 10 user + 5 nice + 10 system + 1 irq + 4 softirq + 10 steal = 40; idle: 50 + 10 iowait
  const metrics = readTwice(
    stat('0 0 0 0 0 0 0 0 0 0', '0 0 0 0 0 0 0 0 0 0'),
    stat('10 5 10 50 10 1 4 10 9 4', '10 5 10 50 10 1 4 10 9 4'),
  )
  expect(metrics).toEqual({ cpuUsagePercent: 40, cpuCoresPercent: [40] })
})

test('each core has its own figure', () => {
  const metrics = readTwice(stat('0 0 0 0', '0 0 0 0', '0 0 0 0'), stat('100 0 0 100', '100 0 0 0', '0 0 0 100'))
  expect(metrics).toEqual({ cpuUsagePercent: 50, cpuCoresPercent: [100, 0] })
})

test('a kernel that prints no steal column is read as well', () => {
  expect(readTwice(stat('0 0 0 0 0 0 0'), stat('25 0 0 75 0 0 0'))).toEqual({
    cpuUsagePercent: 25,
    cpuCoresPercent: null,
  })
})

test.each([
  ['busy time went back', '50 0 0 100', '10 0 0 200'],
  ['idle time went back far: the core was offline', '50 0 0 5000', '60 0 0 100'],
  ['no time passed', '50 0 0 100', '50 0 0 100'],
])('null when %s', (_, before, after) => {
  expect(readTwice(stat(before), stat(after)).cpuUsagePercent).toBeNull()
})

test('iowait that steps back by a tick gives a figure within 0 to 100', () => {
  expect(readTwice(stat('50 0 0 100 10'), stat('60 0 0 100 9')).cpuUsagePercent).toBe(100)
})

test('cores that came or went: no figures per core for that interval', () => {
  const metrics = readTwice(stat('0 0 0 0', '0 0 0 0', '0 0 0 0'), stat('50 0 0 50', '50 0 0 50'))
  expect(metrics).toEqual({ cpuUsagePercent: 50, cpuCoresPercent: null })
})

test('missing: nothing; garbled: a fault, and no base from before it', () => {
  const tree = new FixtureTree({ 'proc/stat': stat('0 0 0 0') })
  const collector = new CpuCollector(tree)
  collector.read()
  tree.write({ 'proc/stat': 'cpu  1 x 3 4\n' })
  expect(() => collector.read()).toThrow('/proc/stat: expected a count, got "x"')
  tree.write({ 'proc/stat': stat('100 0 0 100') })
  expect(collector.read()).toEqual({})
  tree.write({ 'proc/stat': 'nothing of the kind' })
  expect(() => collector.read()).toThrow('/proc/stat: no cpu line')
  tree.remove('proc/stat')
  expect(collector.read()).toEqual({})
  expect(collector.coreCount).toBeNull()
})
