// What several looks into one block say together. Time inside a native call shows as an answer that came late; only a place that was
// seen to run for a fair share of the block is blamed.
import { blamedFrame, type Frame, ownerOf } from '../inspect/frames.js'
import type { ProbeAnswer } from './probe.js'

export const PROMPT_MS = 8 // JavaScript answers within 1 or 2 ms; beyond this the main thread was in a native call
const MIN_LOOKS = 2 // one may have met what ran after a native call
const MIN_SHARE = 0.6 // of the time that was looked at
const MIN_COVERAGE = 1 / 3 // of the block: looks begin when two thirds of the threshold are over

export interface Look {
  askedAtMs: number
  answer: ProbeAnswer
  /** How long the main thread waited for a processor since the look before (or since this one was asked for). */
  waitedMs: number
}

export interface Verdict {
  frames: Frame[]
  operation: [component: string, operation: string] | null
}

/** `frames` begin with the one to blame and are empty when none is certain. */
export function judge(looks: readonly Look[], durationMs: number): Verdict {
  const places = new Map<string, Sum & { frames: Frame[] }>()
  const operations = new Map<string, Sum>()
  let previousMs: number | null = null
  let lookedMs = 0
  for (const { askedAtMs, waitedMs, answer } of looks) {
    // on a busy machine the main thread waits for a processor wherever it is: that says nothing about the place
    const ms = Math.max(0, answer.atMs - (previousMs ?? askedAtMs) - waitedMs)
    previousMs = answer.atMs
    lookedMs += ms
    const frames = framesOf(answer)
    const isPrompt = answer.atMs - askedAtMs - waitedMs <= PROMPT_MS
    const blamed = isPrompt ? blamedFrame(frames) : null
    if (blamed !== null)
      add(places, `${blamed.url}:${blamed.line}`, { ms, looks: 1, frames, operation: answer.operation })
    const operation = isPrompt || wasRunning(frames) ? answer.operation : null
    add(operations, JSON.stringify(operation), { ms, looks: 1, operation })
  }
  const place = longest(places)
  const coveredMs = (previousMs ?? 0) - (looks[0]?.askedAtMs ?? 0)
  const isSeen = coveredMs >= durationMs * MIN_COVERAGE
  if (isSeen && place !== null && place.looks >= MIN_LOOKS && place.ms >= lookedMs * MIN_SHARE) {
    const { frames, operation } = place
    return { frames: frames.slice(frames.indexOf(blamedFrame(frames) as Frame)), operation }
  }
  return { frames: [], operation: longest(operations)?.operation ?? null }
}

/**
 * Whether the native call that just ended was made by what is on the stack now. A function that only begins may be the next
 * callback; one that has others on top of it was there before, and would have answered on its way in.
 */
function wasRunning(frames: readonly Frame[]): boolean {
  return frames.some(({ url }, index) => index > 0 && ownerOf(url) !== 'other')
}

function framesOf({ frames }: ProbeAnswer): Frame[] {
  const known: Frame[] = []
  for (const [name, url, line, column] of frames) {
    if (url && line !== null && column !== null) known.push({ function: name, url, line, column })
  }
  // the probe itself is on top
  return known.slice(
    Math.max(
      0,
      known.findIndex(({ url }) => !isProbe(url)),
    ),
  )
}

function isProbe(url: string): boolean {
  return ownerOf(url) === 'other' && !url.startsWith('node:')
}

interface Sum {
  ms: number
  looks: number
  operation: Verdict['operation']
}

function add<T extends Sum>(sums: Map<string, T>, key: string, part: T): void {
  const known = sums.get(key)
  if (known === undefined) sums.set(key, part)
  else {
    known.ms += part.ms
    known.looks++
  }
}

function longest<T extends Sum>(sums: Map<string, T>): T | null {
  let found: T | null = null
  for (const sum of sums.values()) if (found === null || sum.ms > found.ms) found = sum
  return found
}
