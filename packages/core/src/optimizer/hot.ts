// What a CPU profile says about a busy process: its functions by what they take themselves and with all they call, and for whom.
import type { Captures } from '../types/captures.js'
import type { Evidence, SourceLocation } from '../types/findings.js'
import type { ProfileFunction } from '../types/metrics.js'
import { formatPercent, printable } from '../types/units.js'
import { labelOf, placeText } from './blocked.js'
import { type Place, profiled } from './profiled.js'

export interface HotSpots {
  /** The app's own line that leads to most of the CPU. */
  readonly place: Place | null
  /** The most of their own first. */
  readonly bySelf: readonly ProfileFunction[]
  readonly byTotal: readonly ProfileFunction[]
  /** Whom it is for: share of the CPU, 0 to 1, the most first. */
  readonly operations: readonly { readonly component: string; readonly operation: string; readonly share: number }[]
}

const SHOWN = 3
const MIN_PLACE_SHARE = 0.15 // of the CPU: below it there is no place to begin with
const MIN_FUNCTION_PERCENT = 5

/** `null` without a profile in the window. */
export function hotSpots(captures: Captures): HotSpots | null {
  const profile = profiled(captures, 'cpu')
  const newest = captures.profiles.find(({ type, state }) => type === 'cpu' && state === 'complete')
  if (profile === null || newest === undefined) return null
  const shares = new Map<string, { component: string; operation: string; share: number }>()
  for (const { operations } of profile.places) {
    for (const { component, operation, self } of operations) {
      const key = JSON.stringify([component, operation])
      const known = shares.get(key) ?? { component, operation, share: 0 }
      known.share += self / profile.total
      shares.set(key, known)
    }
  }
  const [first] = profile.places
  const known = newest.functions.filter(({ location }) => location !== null)
  return {
    place: first !== undefined && first.share >= MIN_PLACE_SHARE ? first : null,
    bySelf: most(known, ({ selfPercent }) => selfPercent),
    byTotal: most(known, ({ totalPercent }) => totalPercent),
    operations: [...shares.values()].sort((a, b) => b.share - a.share),
  }
}

export function hotSentences({ bySelf, byTotal, operations }: HotSpots): string[] {
  const sentences: string[] = []
  if (bySelf.length > 0)
    sentences.push(`By a CPU profile most time is spent in ${listed(bySelf, ({ selfPercent }) => selfPercent)}.`)
  const callers = byTotal.filter((each) => !bySelf.includes(each))
  if (callers.length > 0) sentences.push(`With all they call: ${listed(callers, ({ totalPercent }) => totalPercent)}.`)
  const named = operations.slice(0, SHOWN).map((each) => `${labelOf(each)} ${formatPercent(each.share * 100)}`)
  if (named.length > 0) sentences.push(`It was for ${named.join(', ')}.`)
  return sentences
}

export function hotEvidence({ place, operations }: HotSpots): Evidence[] {
  const evidence: Evidence[] = []
  if (place !== null) evidence.push({ metric: 'shareOfCpuProfile', value: place.share * 100, unit: '% at the place' })
  for (const each of operations.slice(0, SHOWN)) {
    evidence.push({ metric: `CPU of ${labelOf(each)}`, value: each.share * 100, unit: '% of the profile' })
  }
  return evidence
}

function listed(functions: readonly ProfileFunction[], percentOf: (of: ProfileFunction) => number): string {
  return functions
    .map(
      (each) =>
        `${placeText({ ...(each.location as SourceLocation), function: printable(each.function) })} ${formatPercent(percentOf(each))}`,
    )
    .join(', ')
}

function most(functions: readonly ProfileFunction[], percentOf: (of: ProfileFunction) => number): ProfileFunction[] {
  return [...functions]
    .sort((a, b) => percentOf(b) - percentOf(a))
    .filter((each) => percentOf(each) >= MIN_FUNCTION_PERCENT)
    .slice(0, SHOWN)
}
