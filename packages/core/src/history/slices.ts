// Long work is written as generators that yield often; here it is run in slices, so that no slice blocks the event loop.
import { setImmediate } from 'node:timers'

const SLICE_MS = 2 // well below the 5 ms that nothing may exceed: one step between two looks at the clock may be slow
const DEAR_MS = 0.05 // of the steps between two looks: the clock is read at every step then, at a thousandth of their cost
const MAX_STEPS_PER_LOOK = 8 // cheap ones (a microsecond): reading the clock takes 50 ns

const waiting: (() => void)[] = []

/** Runs to the end, giving the event loop a turn after every 2 ms. Rejects with what the generator throws. */
export async function runSliced<T>(work: Generator<void, T>): Promise<T> {
  if (waiting.length > 0) await nextTurn()
  let lookedMs = performance.now()
  let sliceEndMs = lookedMs + SLICE_MS
  let stepsPerLook = 1
  for (let left = stepsPerLook; ; ) {
    const step = work.next()
    if (step.done) return step.value
    if (--left > 0) continue
    const nowMs = performance.now()
    stepsPerLook = nowMs - lookedMs > DEAR_MS ? 1 : Math.min(2 * stepsPerLook, MAX_STEPS_PER_LOOK)
    left = stepsPerLook
    lookedMs = nowMs
    if (nowMs < sliceEndMs) continue
    await nextTurn()
    lookedMs = performance.now()
    sliceEndMs = lookedMs + SLICE_MS
  }
}

/** Runs to the end at once. */
export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** The text of all chunks, made in slices. */
export function joinChunks(chunks: Iterable<string>): Promise<string> {
  return runSliced(joined(chunks))
}

/** The next turn of the event loop that no other long work takes: ten readers at a time would be ten slices in one turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(takeTurn)
  })
}

function takeTurn(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(takeTurn)
}

function* joined(chunks: Iterable<string>): Generator<void, string> {
  const parts: string[] = []
  for (const chunk of chunks) {
    parts.push(chunk)
    yield
  }
  return parts.join('')
}
