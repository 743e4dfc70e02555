// True when what major collections leave grows by at least 10 MiB and a tenth at a steady pace for 30 s or more: a cache that fills or a
// warm-up grows ever slower. Impact: risk, by the time until the limit. Place: the live bytes of a heap profile. Predicted: the mean of
// `heapUsedBytes` (or `externalBytes`) without what was kept since the growth began.
import type { Captures } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, settledFrom } from '../../types/reading.js'
import { formatBytes, formatMs, formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { placeText } from '../blocked.js'
import { type Growth, isBackedUp, memoryGrowth, seemsToGrow } from '../growth.js'
import { riskOf, severityOf, traffic } from '../impact.js'
import { type KeptPlace, keptPlace } from '../kept.js'

const MIN_GROWTH_BYTES = 10 * 1024 ** 2 // code, connections and pools settle within less, and what is being served sways by as much
const MIN_GROWTH_SHARE = 0.1 // of the level: a tenth of a large heap is what its use sways by
const SEEMS_BYTES = 3 * 1024 ** 2 // from third to third of the window: a heap profile takes 15 s in which no other can be taken
const HOUR_MS = 3_600_000
const CONFIDENT = 0.7 // the window holds the beginning of the growth
const UNSURE = 0.3 // it began before the window: what it added until then is not known

interface Kind {
  readonly of: 'heapUsedBytes' | 'externalBytes'
  readonly name: string
  readonly floors: string
  readonly levels: readonly (number | null)[]
}

interface Leak {
  readonly kind: Kind
  readonly growth: Growth
  readonly limitBytes: number | null
  readonly untilMs: number | null
}

export function memoryLeak(): OptimizerRule {
  return { name: 'memory-leak', evaluate }
}

function* evaluate({ window, captures, want }: RuleContext): Generator<void, Finding[]> {
  const kinds: Kind[] = [
    {
      of: 'heapUsedBytes',
      name: 'The JavaScript heap',
      floors: 'heap.floorBytes',
      levels: window.gauge?.('heap.oldSpaceBytes') ?? window.runtime('heapUsedBytes'),
    },
    {
      of: 'externalBytes',
      name: 'Memory outside of the heap (buffers)',
      floors: 'heap.externalFloorBytes',
      levels: window.runtime('externalBytes'),
    },
  ]
  if (isBackedUp(window)) return [] // what waits to be served is held for as long, and goes with it
  const leaks: Leak[] = []
  for (const kind of kinds) {
    yield
    if (!seemsToGrow(window, kind.levels, SEEMS_BYTES)) continue
    askForPlace(window, { captures, want })
    yield
    const leak = leakOf(window, kind)
    if (leak !== null) leaks.push(leak)
  }
  const leak = leaks.sort((a, b) => b.growth.perMs - a.growth.perMs)[0]
  return leak === undefined ? [] : [findingOf(window, leak, captures)]
}

/** Live bytes say where, once a profile over all allocations tells which of them are mere garbage not yet collected. */
function askForPlace(window: MetricsWindow, { captures, want }: Pick<RuleContext, 'captures' | 'want'>): void {
  want({ type: 'heap', reason: 'memory-leak: what stays alive' })
  const place = keptPlace({ window, captures })
  if (place === null) return
  if (place.operation === null) want({ type: 'cpu', reason: 'memory-leak: who runs it' })
  want({ type: 'allocation', reason: 'memory-leak: what of it is garbage' })
}

function leakOf(window: MetricsWindow, kind: Kind): Leak | null {
  const floors = window.gauge?.(kind.floors) ?? []
  const growth = memoryGrowth(window, { floors, levels: kind.levels })
  if (growth === null) return null
  const grownBytes = growth.toLevel - growth.fromLevel
  if (grownBytes < MIN_GROWTH_BYTES || grownBytes < MIN_GROWTH_SHARE * growth.fromLevel) return null
  const limitBytes = limitOf(window, kind, growth)
  const untilMs = limitBytes === null ? null : Math.max(0, limitBytes - growth.toLevel) / growth.perMs
  return { kind, growth, limitBytes, untilMs }
}

/** Of the heap V8's; otherwise what this process may still take. */
function limitOf(window: MetricsWindow, kind: Kind, growth: Growth): number | null {
  const available = measured(window.system('memoryAvailableBytes')).at(-1)
  const byMachine = available === undefined ? null : growth.toLevel + available
  const byHeap = kind.of === 'heapUsedBytes' ? (window.latest.runtime?.heapLimitBytes ?? null) : null
  if (byMachine === null || byHeap === null) return byMachine ?? byHeap
  return Math.min(byMachine, byHeap)
}

function findingOf(window: MetricsWindow, leak: Leak, captures: Captures): Finding {
  const { kind, growth, limitBytes, untilMs } = leak
  const place = keptPlace({ window, captures })
  const usedPercent = limitBytes === null ? 0 : (growth.toLevel / limitBytes) * 100
  const impactScore = riskOf({ percent: usedPercent, thresholdPercent: 50, untilFullMs: untilMs })
  const severity = severityOf(impactScore)
  const perHour = growth.perMs * HOUR_MS
  const evidence: Evidence[] = [
    { metric: 'growthBytesPerHour', value: perHour, unit: 'bytes per hour' },
    { metric: 'floorBytes', value: growth.toLevel, unit: 'bytes' },
    { metric: 'floorBytesBefore', value: growth.fromLevel, unit: 'bytes' },
    { metric: 'observedMs', value: growth.spanMs, unit: 'ms' },
  ]
  if (untilMs !== null) evidence.push({ metric: 'timeUntilFullMs', value: untilMs, unit: 'ms' })
  const perRequest = bytesPerRequest(window, growth)
  if (perRequest !== null) evidence.push({ metric: 'growthBytesPerRequest', value: perRequest, unit: 'bytes' })
  if (place !== null) evidence.push({ metric: 'keptBytes', value: place.bytes, unit: 'bytes in the heap profile' })
  return {
    bottleneck: {
      type: 'memory-leak',
      severity,
      title: `${place === null ? kind.name : placeText(place.location)} ${place === null ? 'grows by' : 'keeps'} ${formatBytes(perHour)} ${place === null ? 'an hour' : 'more every hour'}${untilMs === null ? '' : `, at the limit in about ${formatMs(untilMs)}`}`,
      description: describe({ leak, place, perRequest }),
      component: place?.component ?? null,
      operation: place?.operation ?? null,
      impactScore,
      evidence,
      location: place?.location ?? null,
    },
    recommendations: [
      {
        type: 'memory-management',
        title:
          place === null
            ? `Find what keeps ${formatBytes(perHour)} more alive every hour`
            : `Let go of what ${placeText(place.location)} keeps`,
        description: advice(place),
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: impactOf(window, leak),
      },
    ],
    explains: ({ bottleneck: { type, location } }) =>
      type === 'high-memory-usage' ||
      (type === 'gc-pressure' && (location === null || location.file === place?.location.file)),
  }
}

function describe(of: { leak: Leak; place: KeptPlace | null; perRequest: number | null }): string {
  const { kind, growth, limitBytes, untilMs } = of.leak
  const sentences = [
    `What collections leave rose from ${formatBytes(growth.fromLevel)} to ${formatBytes(growth.toLevel)} within ${formatMs(growth.spanMs)}, at a steady pace: ${kind.name.toLowerCase().replace('javascript', 'JavaScript')} grows by ${formatBytes(growth.perMs * HOUR_MS)} an hour.`,
  ]
  if (limitBytes !== null && untilMs !== null)
    sentences.push(`Its limit of ${formatBytes(limitBytes)} is reached in about ${formatMs(untilMs)}.`)
  if (of.perRequest !== null) sentences.push(`That is ${formatBytes(of.perRequest)} per request of this time.`)
  if (of.place !== null) {
    const who = of.place.operation === null ? '' : `, most of it during ${of.place.operation}`
    sentences.push(
      `${formatBytes(of.place.bytes)} that ${placeText(of.place.location)} allocated during a heap profile were still alive at its end (${formatPercent(of.place.share * 100)} of all${who}).`,
    )
  }
  return sentences.join(' ')
}

function advice(place: KeptPlace | null): string {
  if (place === null)
    return 'A heap profile shows which place’s objects stay alive; it is taken as soon as the app bears it, or by `POST /perf/profiles` with `{"type":"heap"}`.'
  return (
    `Objects made at ${place.location.file}:${place.location.line} are never let go. Look at what holds them: a Map or array at the top of a module ` +
    'that only ever gains entries (bound it: an LRU, a time to live, or delete entries when they are done; a WeakMap when the key is an object), ' +
    'listeners and timers whose functions refer to them (remove them with what they serve), or promises that never settle.'
  )
}

function bytesPerRequest(window: MetricsWindow, growth: Growth): number | null {
  const { count } = traffic(window)
  const requests = count * Math.min(1, growth.spanMs / Math.max(1, window.durationMs))
  return requests < 1 ? null : (growth.toLevel - growth.fromLevel) / requests
}

function impactOf(
  window: MetricsWindow,
  { kind, growth }: Leak,
): Finding['recommendations'][number]['estimatedImpact'] {
  const from = settledFrom(window)
  const current = mean(measured(window.runtime(kind.of), from))
  const [startMs, firstMs, lastMs] = [window.timestamps[0], window.timestamps[from], window.timestamps.at(-1)]
  if (current === null || startMs === undefined || firstMs === undefined || lastMs === undefined) return null
  const isYoung = from > 0
  const keptBytes = growth.perMs * ((firstMs + lastMs) / 2 - startMs)
  const predicted = Math.max(0, current - keptBytes)
  return {
    score: current === 0 ? 0 : Math.min(1, keptBytes / current),
    metric: kind.of,
    current,
    predicted,
    confidence: isYoung ? CONFIDENT : UNSURE,
  }
}
