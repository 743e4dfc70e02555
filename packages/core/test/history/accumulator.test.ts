import { expect, it } from 'vitest'
import { OperationAccumulator } from '../../src/history/accumulator.js'
import { componentTotals } from '../../src/history/durations.js'
import { runAtOnce } from '../../src/history/slices.js'
import { directory, intervalOf, sampleOf } from './helpers.js'

const CHILDREN = [{ childId: 3, calls: 2, totalMs: 7 }]

it('what is borrowed reads as what is added', () => {
  const interval = intervalOf(2, { success: [5, 6], failure: [9], aborted: [] }, CHILDREN)
  const borrowed = new OperationAccumulator(directory, 2)
  const added = new OperationAccumulator(directory, 2)
  borrowed.borrow(interval)
  added.addInterval(interval)
  expect(figuresOf(borrowed)).toEqual(figuresOf(added))
})

it('adding to what is borrowed leaves its owner alone', () => {
  const interval = intervalOf(2, { success: [5, 6] }, CHILDREN)
  const before = [...interval.series].map(({ durations }) => durations.count)
  const more = intervalOf(2, { success: [50], failure: [1] }, CHILDREN)
  const borrowed = new OperationAccumulator(directory, 2)
  borrowed.borrow(interval)
  expect(borrowed.durations.count).toBe(2)
  borrowed.addInterval(more)
  const added = new OperationAccumulator(directory, 2)
  added.addInterval(interval)
  added.addInterval(more)
  expect(figuresOf(borrowed)).toEqual(figuresOf(added))
  expect([...interval.series].map(({ durations }) => durations.count)).toEqual(before)
  expect(interval.http?.firstByte.count).toBe(1)
})

it('totals of components are those of their operations, with a pause after each', () => {
  const { operations } = sampleOf(0, [
    intervalOf(0, { success: [1, 2], failure: [30] }, CHILDREN),
    intervalOf(1, { success: [4] }, CHILDREN),
    intervalOf(2, { aborted: [5] }),
  ])
  const totals = runAtOnce(componentTotals(directory, operations))
  expect(
    [...totals].map(([name, { count, failed, aborted, durations }]) => [name, count, failed, aborted, durations.max]),
  ).toEqual([
    ['http', 4, 1, 1, 30],
    ['db', 1, 0, 0, 4],
  ])
  let pauses = 0
  const work = componentTotals(directory, operations)
  while (work.next().done !== true) pauses++
  expect(pauses).toBe(3)
})

function figuresOf(view: OperationAccumulator) {
  return {
    counts: [view.count, view.successfulCount, view.failedCount, view.abortedCount, view.totalMs, view.selfMs],
    durations: [0.1, 0.5, 1].map((q) => view.durations.quantile(q)),
    children: view.children,
    firstByte: view.http?.timeToFirstByte.count,
    http: { ...view.http, timeToFirstByte: null },
  }
}
