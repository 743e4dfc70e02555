import { expect, test } from 'vitest'
import { barsOf } from '../lib/bars.js'
import { startChild } from '../lib/child.js'
import { renderSample } from '../lib/page-sample.js'
import { figuresOf } from '../sample/measure.js'

const taken = (mainMs, programs) => ({ mainMs, allMs: 2 * mainMs, programs })

test('programs that are not told of one sample are left out of all', () => {
  expect(figuresOf([taken(1, 0), taken(3, 0)])).toMatchObject({
    mainMs: { median: 2 },
    allMs: { median: 4 },
    programs: { max: 0 },
  })
  expect(figuresOf([taken(1, 0), taken(3, null)])).not.toHaveProperty('programs')
})

test('the bar holds with both: little time, and no program', () => {
  const barOf = (samples) => barsOf({ sample: { contenders: [{ name: 'perf-monitor', ...figuresOf(samples) }] } })[0]
  expect(barOf([taken(0.4, 0)])).toMatchObject({ figure: '0.40 ms, 0 programs', holds: true })
  expect(barOf([taken(0.6, 0)]).holds).toBe(false)
  expect(barOf([taken(0.4, 1)]).holds).toBe(false)
  expect(barOf([taken(0.4, null)])).toMatchObject({ figure: '0.40 ms, programs not told', holds: false })
})

test('the page tells time and programs of each', () => {
  const contenders = [
    { title: 'ours', ...figuresOf([taken(0.25, 0)]) },
    { title: 'other', ...figuresOf([taken(8, null)]) },
  ]
  const page = renderSample({ count: 1, contenders })
  expect(page).toContain('| ours | 0.25 | 0.25 to 0.25 | 0.5 | 0 |')
  expect(page).toContain('| other | 8.00 | 8.00 to 8.00 | 16.0 | not told |')
})

test.each(['perf-monitor', 'systeminformation'])('%s: a process tells what a sample took', async (name) => {
  const child = startChild({ url: new URL('../sample/process.js', import.meta.url), args: [name] })
  try {
    await child.ask('settle', { intervalMs: 100 })
    const { mainMs, allMs, programs } = await child.ask('sample')
    expect(mainMs).toBeGreaterThan(0)
    expect(allMs).toBeGreaterThanOrEqual(0)
    if (name === 'perf-monitor') expect(programs).toBe(0)
  } finally {
    await child.stop()
  }
})
