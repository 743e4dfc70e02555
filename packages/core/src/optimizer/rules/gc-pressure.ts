// True when collections take 5 % of the time and a fifth of what the loop is busy, or a tenth of the time and 15 % (a healthy app's take up
// to 5 % of the time and a tenth of the work), or pause the loop for 100 ms or more again and again.
// Impact: requests of the place's operation (of all without one) and the pauses' share of all waiting. Predicted: the pauses without the
// place's share of the allocated bytes.
import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, settledFrom } from '../../types/reading.js'
import { formatBytes, formatMs, formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { labelOf, placeText } from '../blocked.js'
import { findOperation, type NamedOperation } from '../calls.js'
import { isCrowdedHost } from '../cpu.js'
import { impactOf, severityOf, traffic } from '../impact.js'
import { loopState, MIN_LOOP_SAMPLES } from '../loop.js'
import { ownerOf } from '../owners.js'
import { type Place, profiled } from '../profiled.js'

const PRESSURE_PERCENT = 5 // of the time: below it nobody waits for collections
const HIGH_PERCENT = 10 // twice what V8 takes of a healthy app that serves JSON as fast as it can
const PRESSURE_SHARE = 0.2 // of the busy time, which an allocation profile on the way stretches
const HIGH_SHARE = 0.15
const WORTH_A_PROFILE_PERCENT = 3 // on the way there: the profile is taken before it is certain
const LONG_PAUSE_MS = 100 // a pause that a person notices
const MIN_LONG_PAUSES = 3 // samples with one: a lone one is a large request
const MIN_PLACE_SHARE = 0.15 // of the bytes: below it no single place is to blame
const CONFIDENCE = 0.5 // collections cost by what survives, not by the bytes alone

export function gcPressure(): OptimizerRule {
  return { name: 'gc-pressure', evaluate }
}

function evaluate({ window, captures, want }: RuleContext): Finding[] {
  const from = settledFrom(window)
  const pauses = measured(window.runtime('gc.pausePercent'), from)
  const percent = mean(pauses)
  if (percent === null || pauses.length < MIN_LOOP_SAMPLES) return []
  const maxima = measured(window.runtime('gc.maxPauseMs'), from)
  // where others have the CPU a pause is as long as they let it be
  const longPauses = isCrowdedHost(window) ? 0 : maxima.filter((ms) => ms >= LONG_PAUSE_MS).length
  const isHigh = isPressure(percent, loopState(window).utilizationPercent)
  const allocations = profiled(captures, 'allocation')
  const isNear = isPressure(
    percent * (PRESSURE_PERCENT / WORTH_A_PROFILE_PERCENT),
    loopState(window).utilizationPercent,
  )
  if (allocations === null && (isNear || longPauses >= MIN_LONG_PAUSES))
    want({ type: 'allocation', reason: 'gc-pressure: who allocates' })
  if (!isHigh && longPauses < MIN_LONG_PAUSES) return []
  const [top] = allocations?.places ?? []
  const place = top !== undefined && top.share >= MIN_PLACE_SHARE ? top : null
  const longestMs = Math.max(0, ...maxima)
  const bytesPerSecond = allocationRate(window, allocations)
  const owner = place === null ? null : ownerOf(place, { window, captures })
  if (place !== null && owner === null) want({ type: 'cpu', reason: 'gc-pressure: who runs it' })
  return [findingOf(window, { percent, longPauses, longestMs, place, owner, bytesPerSecond })]
}

function isPressure(percent: number, utilizationPercent: number | null): boolean {
  if (utilizationPercent === null) return percent >= HIGH_PERCENT
  const share = percent / Math.max(percent, utilizationPercent)
  return (percent >= PRESSURE_PERCENT && share >= PRESSURE_SHARE) || (percent >= HIGH_PERCENT && share >= HIGH_SHARE)
}

interface Pressure {
  percent: number
  longPauses: number
  longestMs: number
  place: Place | null
  owner: NamedOperation | null
  bytesPerSecond: number | null
}

function findingOf(window: MetricsWindow, pressure: Pressure): Finding {
  const { percent, longPauses, longestMs, place, owner, bytesPerSecond } = pressure
  const impactScore = impactOfPauses(window, pressure)
  const severity = severityOf(impactScore)
  const evidence: Evidence[] = [
    { metric: 'gc.pausePercent', value: percent, unit: '%', threshold: PRESSURE_PERCENT },
    { metric: 'gc.maxPauseMs', value: longestMs, unit: 'ms' },
  ]
  if (bytesPerSecond !== null)
    evidence.push({ metric: 'heap.allocatedBytesPerSecond', value: bytesPerSecond, unit: 'bytes per second' })
  if (place !== null) evidence.push({ metric: 'shareOfAllocations', value: place.share * 100, unit: '%' })
  const where = place === null ? '' : placeText(place.location)
  const what =
    percent >= PRESSURE_PERCENT
      ? `Garbage collection takes ${formatPercent(percent)} of the time`
      : `Garbage collection pauses the app for up to ${formatMs(longestMs)}`
  const inOperation = owner === null ? '' : ` during ${labelOf(owner)}`
  return {
    bottleneck: {
      type: 'gc-pressure',
      severity,
      title: `${what}${place === null ? '' : `: ${where} allocates ${formatPercent(place.share * 100)} of it`}`,
      description: [
        `${what}${longPauses > 0 ? `; in ${longPauses} samples a pause was ${formatMs(LONG_PAUSE_MS)} or longer, the longest ${formatMs(longestMs)}` : `, the longest pause was ${formatMs(longestMs)}`}.`,
        bytesPerSecond === null ? '' : `The app allocates ${formatBytes(bytesPerSecond)} a second.`,
        place === null
          ? 'Who allocates it is not known yet.'
          : `${formatPercent(place.share * 100)} of what was allocated during a profile came from ${where}${place.api === null ? '' : ` in \`${place.api}\``}${inOperation}.`,
      ]
        .filter((sentence) => sentence !== '')
        .join(' '),
      component: owner?.component ?? null,
      operation: owner?.operation ?? null,
      impactScore,
      evidence,
      location: place?.location ?? null,
    },
    recommendations: [
      {
        type: 'memory-management',
        title: place === null ? 'Allocate less per request' : `Allocate less at ${where}`,
        description: `Copies are what costs most: spread (\`{...x}\`, \`[...list, item]\`) and \`concat\` in loops, \`map\` and \`filter\` chains over large arrays, \`JSON.parse(JSON.stringify(x))\`, strings put together piece by piece, whole files or result sets in memory. Change objects in place where nobody else holds them, go through data once, stream it, or keep what does not change between requests.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: {
          score: place === null ? 0.5 : place.share,
          metric: 'gc.pausePercent',
          current: percent,
          predicted: place === null ? null : percent * (1 - place.share),
          confidence: CONFIDENCE,
        },
      },
    ],
    explains: ({ bottleneck: other }) => explains(window, { pressure, type: other.type, other }),
  }
}

function allocationRate(window: MetricsWindow, profile: ReturnType<typeof profiled>): number | null {
  const gauge = mean(measured(window.gauge?.('heap.allocatedBytesPerSecond') ?? [], settledFrom(window)))
  return gauge ?? (profile === null ? null : (profile.total / profile.wallMs) * 1000)
}

/** Whoever allocates is in the middle of a request when the collection comes: its share of the waiting is that of the pauses. */
function impactOfPauses(window: MetricsWindow, { percent, owner }: Pressure): number {
  const all = traffic(window)
  const pausedMs = (percent / 100) * window.durationMs
  const view = owner === null ? null : findOperation(window, owner)
  const own = view !== null && all.operations.includes(view) ? view.count : all.count
  const others = (all.count - own) * (percent / 100)
  return impactOf(all, { count: own + others, waitedMs: pausedMs })
}

function explains(
  window: MetricsWindow,
  of: { pressure: Pressure; type: string; other: Finding['bottleneck'] },
): boolean {
  const { pressure, other } = of
  const { owner } = pressure
  const isSame = owner !== null && other.component === owner.component && other.operation === owner.operation
  if (of.type === 'event-loop-blocked') return other.location === null && pressure.longPauses >= MIN_LONG_PAUSES
  if (of.type === 'high-cpu-usage') {
    const cpu = mean(measured(window.runtime('cpuPercent'), settledFrom(window))) ?? 0
    return pressure.percent >= 0.5 * cpu
  }
  return isSame && (of.type === 'slow-operations' || of.type === 'tail-latency')
}
