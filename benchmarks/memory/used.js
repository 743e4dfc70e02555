// What a process really keeps: what is left on the heap and in buffers once garbage is collected. Needs `--expose-gc`.
import { setImmediate as nextTurn } from 'node:timers/promises'

const COLLECTIONS = 4 // what one frees (finalizers, buffers, code that aged) makes more free for the next

/** @returns {Promise<{ usedBytes: number, residentBytes: number }>} */
export async function usedMemory() {
  for (let n = 0; n < COLLECTIONS; n++) {
    globalThis.gc()
    await nextTurn()
  }
  const { heapUsed, external, rss } = process.memoryUsage() // what is external holds the array buffers as well
  return { usedBytes: heapUsed + external, residentBytes: rss }
}
