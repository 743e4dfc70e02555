import { expect, test } from 'vitest'
import { watchTurns } from '../endpoints/blocks.js'

test('the longest turn of the event loop is seen, whatever else is quick', async () => {
  const { longestMs, longestWithGcMs } = await watchTurns(async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    const endMs = performance.now() + 40
    while (performance.now() < endMs);
    await new Promise((resolve) => setImmediate(resolve))
  })
  // of the 40 ms the machine may have given some to others, and those are not counted
  expect(longestMs).toBeGreaterThan(1)
  expect(longestWithGcMs).toBeGreaterThanOrEqual(longestMs)
})
