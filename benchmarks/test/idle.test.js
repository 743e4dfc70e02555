import { expect, test } from 'vitest'
import { compareAll, figuresOf } from '../idle/measure.js'
import { startChild } from '../lib/child.js'

const before = { cpuMicroseconds: 1_000_000, rssBytes: 1, wakeUps: 100, childTraces: 7 }

test('figures are of a minute, the memory is the last', () => {
  const after = { cpuMicroseconds: 1_050_000, rssBytes: 5, wakeUps: 160, childTraces: 7 }
  expect(figuresOf(before, after, 30_000)).toEqual({
    cpuMsPerMinute: 100,
    rssBytes: 5,
    wakeUpsPerMinute: 120,
    childProcessesPerMinute: 0,
  })
})

test('how many child processes there were is not told, and nothing is where the system does not tell', () => {
  expect(figuresOf(before, { ...before, childTraces: 8 }, 1000).childProcessesPerMinute).toBeNull()
  const untold = { ...before, wakeUps: null, childTraces: null }
  expect(figuresOf(untold, untold, 1000)).toMatchObject({ wakeUpsPerMinute: null, childProcessesPerMinute: null })
})

test('what is not known of all pairs is left out', () => {
  const of = (wakeUpsPerMinute, childProcessesPerMinute) => ({
    ...{ cpuMsPerMinute: 10, rssBytes: 20, wakeUpsPerMinute, childProcessesPerMinute },
  })
  const compared = compareAll([
    { bare: of(0, 0), contender: of(300, 0) },
    { bare: of(2, 0), contender: of(302, null) },
  ])
  expect(compared.wakeUpsPerMinute.added.median).toBe(300)
  expect(Object.keys(compared)).toEqual(['cpuMsPerMinute', 'rssBytes', 'wakeUpsPerMinute'])
})

test.runIf(process.platform === 'linux')('the app tells what it used, child processes included', async () => {
  const child = startChild({ url: new URL('../idle/app.js', import.meta.url), args: ['bare'] })
  try {
    const first = await child.ask('mark')
    expect(first.wakeUps).toBeGreaterThan(0)
    expect(first.childTraces).toBe(0)
    expect((await child.ask('mark')).cpuMicroseconds).toBeGreaterThan(first.cpuMicroseconds)
  } finally {
    await child.stop()
  }
})
