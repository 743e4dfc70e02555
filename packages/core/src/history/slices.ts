// Long work is written as generators that yield often; here it is run in slices, so that no slice blocks the event loop.

const SLICE_MS = 2 // well below the 5 ms that nothing may exceed: one step between two looks at the clock may be slow
const STEPS_PER_LOOK = 16

/** Runs to the end, giving the event loop a turn after every 2 ms. Rejects with what the generator throws. */
export async function runSliced<T>(work: Generator<void, T>): Promise<T> {
  let sliceEnd = performance.now() + SLICE_MS
  for (let steps = 0; ; steps++) {
    const step = work.next()
    if (step.done) return step.value
    if (steps % STEPS_PER_LOOK === 0 && performance.now() >= sliceEnd) {
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnd = performance.now() + SLICE_MS
    }
  }
}

/** Runs to the end at once. */
export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
