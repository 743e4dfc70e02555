import { describe, expect, it } from 'vitest'
import { freshTurn, joinChunks, nextTurn, runAtOnce, runSliced } from '../../src/history/slices.js'

/** Burns `ms` of this thread a step, and notes whose step it was. */
function* work(name: string, steps: number, ms: number, log: string[] = []): Generator<void, string> {
  for (let step = 0; step < steps; step++) {
    const end = performance.now() + ms
    while (performance.now() < end);
    log.push(name)
    yield
  }
  return name
}

describe('runSliced', () => {
  it('returns what the generator returns, and rejects with what it throws', async () => {
    expect(await runSliced(work('done', 3, 0))).toBe('done')
    // biome-ignore lint/correctness/useYield: one that fails at once is the case
    const failing = (function* (): Generator<void, void> {
      throw new Error('no')
    })()
    await expect(runSliced(failing)).rejects.toThrow('no')
  })

  it('stops after each step that is as dear as a slice, however cheap the ones before were', async () => {
    const log: string[] = []
    const mixed = (function* (): Generator<void, void> {
      yield* work('cheap', 1000, 0)
      yield* work('dear', 20, 3, log)
    })()
    const running = runSliced(mixed)
    let turns = 0
    let most = 0
    let before = 0
    while (log.length < 20) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
      most = Math.max(most, log.length - before)
      before = log.length
    }
    await running
    expect(turns).toBeGreaterThan(10)
    expect(most).toBeLessThanOrEqual(8) // the steps between two looks at the clock while steps were cheap
  })

  it('takes a tenth of each turn where the app itself holds the loop for long, and 2 ms again when it does not', async () => {
    const log: string[] = []
    const running = runSliced(work('ours', 60, 1, log))
    const steps: number[] = []
    for (const blockMs of [150, 150, 150, 0, 0, 0]) {
      await new Promise((resolve) => setImmediate(resolve))
      const before = log.length
      runAtOnce(work('app', 1, blockMs))
      await new Promise((resolve) => setImmediate(resolve))
      steps.push(log.length - before)
    }
    await running
    expect(Math.max(...steps.slice(0, 3))).toBeGreaterThan(5)
    expect(Math.min(...steps.slice(3))).toBeLessThan(5)
  })

  it('gives a turn to one long work only: many readers at a time are not many slices in one turn', async () => {
    const log: string[] = []
    const names = ['a', 'b', 'c', 'd']
    const all = Promise.all(names.map((name) => runSliced(work(name, 5, 2.5, log))))
    let before = log.length
    while (log.length < 20) {
      await new Promise((resolve) => setImmediate(resolve))
      expect(new Set(log.slice(before)).size).toBeLessThanOrEqual(1)
      before = log.length
    }
    expect(await all).toEqual(names)
    // in rounds, so that none waits for the whole of another
    expect(log.slice(4, 8).toSorted()).toEqual(names)
  })

  it('says how long it held the loop, without the turns of others between', async () => {
    const meter = { heldMs: 0 }
    let othersMs = 0
    let isRunning = true
    const other = () => {
      const start = performance.now()
      while (performance.now() - start < 5);
      othersMs += performance.now() - start
      if (isRunning) setImmediate(other)
    }
    setImmediate(other)
    const start = performance.now()
    await runSliced(work('metered', 6, 2.5), meter)
    const wholeMs = performance.now() - start
    isRunning = false
    expect(meter.heldMs).toBeGreaterThanOrEqual(6 * 2.5)
    expect(meter.heldMs).toBeLessThanOrEqual(wholeMs - othersMs + 1)
  })

  it('has one budget a turn for what follows one another: reading, adding up and writing are not three slices', async () => {
    const log: string[] = []
    const inRow = async () => {
      for (let n = 0; n < 12; n++) await runSliced(work(`part ${n}`, 1, 1.1, log))
      await freshTurn()
      log.push('fresh')
    }
    await nextTurn()
    const running = inRow()
    let most = 0
    let before = 0
    while (log.length < 13) {
      const parts = log.slice(before)
      most = Math.max(most, parts.length)
      // 1.1 ms were used of the turn that the last part ended in
      if (parts.at(-1) === 'part 11') expect(log).not.toContain('fresh')
      before = log.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    await running
    expect(most).toBeLessThanOrEqual(2) // the second one begins within 2 ms
  })
})

it('nextTurn comes in order, one each turn', async () => {
  const order: number[] = []
  await Promise.all([1, 2, 3].map((n) => nextTurn().then(() => order.push(n))))
  expect(order).toEqual([1, 2, 3])
})

it('joinChunks joins in slices', async () => {
  const chunks = function* () {
    for (const text of ['a', '', 'b', 'c']) {
      const end = performance.now() + 3
      while (performance.now() < end);
      yield text
    }
  }
  let turns = 0
  const count = () => {
    turns++
    if (turns < 1000) setImmediate(count)
  }
  setImmediate(count)
  expect(await joinChunks(chunks())).toBe('abc')
  expect(turns).toBeGreaterThan(1)
  turns = 1000
  expect(runAtOnce(work('at once', 2, 0))).toBe('at once')
})
