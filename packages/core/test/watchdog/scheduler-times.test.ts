import { expect, test } from 'vitest'
import { SchedulerTimes } from '../../src/watchdog/scheduler-times.js'

test.runIf(process.platform === 'linux')('the time on a processor grows with work', () => {
  const times = new SchedulerTimes('thread-self')
  const before = times.read()
  // on a machine without scheduler statistics there is nothing to read
  const start = performance.now()
  while (performance.now() < start + 30) Math.sqrt(start)
  const after = times.read()
  expect(after === null).toBe(before === null)
  if (before !== null && after !== null) {
    expect(after.ranMs).toBeGreaterThan(before.ranMs)
    expect(after.waitedMs).toBeGreaterThanOrEqual(before.waitedMs)
  }
  times.close()
  expect(times.read()).toBeNull()
  times.close()
})

test('a thread that is not there has no times', () => {
  expect(new SchedulerTimes('0/task/0').read()).toBeNull()
})
