import { expect, onTestFinished, test } from 'vitest'
import { startChild } from '../lib/child.js'
import { summarize } from '../micro/measure.js'
import { SUBJECTS } from '../micro/subjects.js'

const SUBJECT_PROCESS = new URL('../micro/subject-process.js', import.meta.url)

test('what a call is put against took its turns beside it: the ratio is of pairs, over the empty loop', () => {
  const pairs = [
    { bare: 1, against: 101, contender: 121 },
    { bare: 2, against: 302, contender: 377 }, // the machine was three times slower
    { bare: 1, against: 101, contender: 126 },
  ]
  const { against, nanosecondsPerOperation } = summarize({ name: 'run', title: 'run', against: 'clock' }, pairs)
  expect(against).toMatchObject({ name: 'clock', ratio: { min: 1.2, median: 1.25, max: 1.25 } })
  expect(nanosecondsPerOperation.added.median).toBe(125)
  expect(summarize({ name: 'record', title: 'record' }, pairs)).not.toHaveProperty('against')
})

test.each(SUBJECTS)('$name runs in a process of its own', async ({ name, against }) => {
  const child = startChild({ url: SUBJECT_PROCESS, args: against === undefined ? [name] : [name, against] })
  onTestFinished(() => child.stop())
  const pairs = await child.ask('run', { settleMs: 0, warmupMs: 1, windowMs: 1, pairs: 2 })
  expect(pairs).toHaveLength(2)
  const figures = against === undefined ? ['bare', 'contender'] : ['bare', 'against', 'contender']
  for (const pair of pairs) {
    expect(Object.keys(pair)).toEqual(figures)
    for (const figure of figures) expect(pair[figure]).toBeGreaterThanOrEqual(0)
  }
})
