import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/clock.js'
import { ProcessCpu, readMemoryUsage } from '../../../src/collectors/runtime/process-usage.js'

test('memory of this process', () => {
  const memory = readMemoryUsage()
  expect(memory.rssBytes).toBeGreaterThan(memory.heapUsedBytes ?? Number.NaN)
  expect(memory.heapTotalBytes).toBeGreaterThanOrEqual(memory.heapUsedBytes ?? Number.NaN)
  expect(memory.heapLimitBytes).toBeGreaterThan(memory.heapTotalBytes ?? Number.NaN)
})

test('CPU time over the time that passed', () => {
  const clock = new ManualClock()
  const cpu = new ProcessCpu({ clock })
  expect(cpu.readPercent()).toBeNull()
  cpu.start()
  expect(cpu.readPercent()).toBeNull() // no time passed
  const before = process.cpuUsage()
  const end = performance.now() + 50
  while (performance.now() < end);
  const spent = process.cpuUsage(before)
  clock.advance(1000)
  expect(cpu.readPercent()).toBeGreaterThanOrEqual((spent.user + spent.system) / 10_000)
  cpu.stop()
  expect(cpu.readPercent()).toBeNull()
})
