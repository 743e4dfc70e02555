// Long work is written as generators that yield often; here it is run in slices, so that no slice blocks the event loop.
// All of it shares one budget a turn: reading, adding up and writing follow one another in the same turn, and each had its own.
import { setImmediate } from 'node:timers'
import { Looks } from '../clock.js'

/** Well below the 5 ms that nothing may exceed: one step between two looks at the clock may be slow. */
export const SLICE_MS = 2
const LATE_SHARE = 0.1 // of the time that a turn was waited for: where the app itself holds the loop for a second, 2 ms a turn make a report of minutes
const MAX_SLICE_MS = 20
const BEGUN_MS = 0.5 // of a turn: what brings a budget of its own (an answer that is written) had better begin in the next
const MAX_STEPS_PER_LOOK = 8 // cheap ones (a microsecond): reading the clock takes 50 ns

const waiting: (() => void)[] = []
/** When the first slice of this turn began; `null`: none has yet. */
let turnStartMs: number | null = null
/** When the turn that is waited for was asked for. */
let askedMs = 0
/** What this turn allows. */
let sliceMs = SLICE_MS

/** What slices have held the event loop for, together. */
export interface SliceMeter {
  heldMs: number
}

/**
 * Runs to the end, giving the event loop a turn after every 2 ms (a tenth of what a turn takes, where the app holds the loop for
 * longer). Rejects with what the generator throws.
 */
export async function runSliced<T>(work: Generator<void, T>, meter: SliceMeter = { heldMs: 0 }): Promise<T> {
  let nowMs = performance.now()
  if (waiting.length > 0 || nowMs - turnStart(nowMs) >= sliceMs) {
    await nextTurn()
    nowMs = performance.now()
  }
  const looks = new Looks(MAX_STEPS_PER_LOOK, nowMs)
  let sliceEndMs = turnStart(nowMs) + sliceMs
  let sliceStartMs = nowMs
  for (;;) {
    const step = work.next()
    if (step.done) {
      meter.heldMs += performance.now() - sliceStartMs
      return step.value
    }
    if (!looks.isDue()) continue
    nowMs = performance.now()
    looks.looked(nowMs)
    if (nowMs < sliceEndMs) continue
    meter.heldMs += nowMs - sliceStartMs
    await nextTurn()
    nowMs = performance.now()
    looks.begin(nowMs)
    sliceStartMs = nowMs
    sliceEndMs = turnStart(nowMs) + sliceMs
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

/**
 * The next turn of the event loop that no other long work takes: ten readers at a time would be ten slices in one turn.
 * @returns for how long it may be held, ms
 */
export function nextTurn(): Promise<number> {
  return new Promise((resolve) => {
    waiting.push(() => resolve(sliceMs))
    if (waiting.length === 1) askForTurn()
  })
}

/** A turn of which next to nothing is used. */
export async function freshTurn(): Promise<void> {
  const nowMs = performance.now()
  if (nowMs - turnStart(nowMs) > BEGUN_MS) await nextTurn()
}

function turnStart(nowMs: number): number {
  if (turnStartMs === null) {
    turnStartMs = nowMs
    setImmediate(endTurn)
  }
  return turnStartMs
}

function endTurn(): void {
  turnStartMs = null
  sliceMs = SLICE_MS
}

function askForTurn(): void {
  askedMs = performance.now()
  setImmediate(takeTurn)
}

function takeTurn(): void {
  endTurn()
  const nowMs = performance.now()
  sliceMs = Math.min(MAX_SLICE_MS, Math.max(SLICE_MS, LATE_SHARE * (nowMs - askedMs)))
  turnStart(nowMs) // whoever takes it: what else begins before the next one has the rest of it
  waiting.shift()?.()
  if (waiting.length > 0) askForTurn()
}

function* joined(chunks: Iterable<string>): Generator<void, string> {
  const parts: string[] = []
  for (const chunk of chunks) {
    parts.push(chunk)
    yield
  }
  return parts.join('')
}
