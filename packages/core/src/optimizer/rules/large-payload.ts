// True when a route's answers are 200 KiB or more at the median, are made whole before their first byte goes out (so no stream and no
// file), and take 30 ms or more, from 1 MiB on 15 ms. Model: what the answer takes beyond an ordinary route's time is in proportion
// to its size; with a page of 32 KiB that part remains.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { quantileOf } from '../../types/reading.js'
import { formatBytes, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { HttpOperationView, MetricsWindow, OperationView } from '../../types/window.js'
import { type Felt, feltRoutes, isSymptomOf, promiseOf, RARE_SHARE, requestShareOf, weightOf } from '../gain.js'
import { traffic } from '../impact.js'
import { definitionOf, from, nameOf, wouldFall } from '../wording.js'

const MIN_BYTES = 200 * 1024 // a large page of a list is a tenth of it; what is bigger nobody reads at once
const MIN_P95_MS = 30
const HUGE_BYTES = 1024 * 1024 // a line of 10 Mbit/s takes 0.8 s for it, however quick the app is
const MIN_HUGE_P95_MS = 15
const WHOLE_SHARE = 0.5 // of the time lies before the first byte: made whole, then sent
const SLOW_CLIENT_SHARE = 0.25 // of the time, where the client takes longer to read than the app to write
const JSON_BYTES_PER_MS = 50 * 1024 // V8 writes 50 to 200 KiB of JSON in a millisecond, by machine and shape
const QUICK_JSON_BYTES_PER_MS = 200 * 1024
const SLACK = 2
const DRIVEN_FACTOR = 10 // rows from a database, objects, and then JSON
const PAGE_BYTES = 32 * 1024 // some hundred entries
const ORDINARY_MS = 2 // of a route that sends little, where the app has no others to compare with
const MIN_OTHER_RUNS = 20
const MAX_FINDINGS = 10
const CONFIDENCE = 0.5

interface Large {
  readonly felt: Felt
  readonly medianBytes: number
  readonly p95Bytes: number
  /** Share of the operation's CPU in a profile that goes into `JSON.stringify`; `null` without one. */
  readonly stringifyShare: number | null
  readonly location: SourceLocation | null
}

export function largePayload(): OptimizerRule {
  return { name: 'large-payload', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const all = traffic(window)
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    const { http } = felt.operation
    if (http === null || http.sizedResponses === 0) continue
    if (http.responseBytes / http.sizedResponses < MIN_BYTES / 2) continue
    if (requestShareOf(all, felt.operation) < RARE_SHARE) continue
    const large = largeOf(captures, felt, http)
    if (large !== null) findings.push(findingOf(window, large))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function largeOf(captures: Captures, felt: Felt, http: HttpOperationView): Large | null {
  const { operation } = felt
  const meanBytes = http.responseBytes / http.sizedResponses
  const medianBytes = http.responseSizes?.quantile(0.5) ?? meanBytes
  const firstByteMs = http.timeToFirstByte.quantile(0.5) ?? 0
  const wholeMs = operation.durations.quantile(0.5) ?? 0
  const minP95Ms = medianBytes < HUGE_BYTES ? MIN_P95_MS : MIN_HUGE_P95_MS
  if (medianBytes < MIN_BYTES || felt.p95Ms < minP95Ms) return null
  // a stream or a file begins before so much could have been written
  const isMadeFirst = firstByteMs >= medianBytes / JSON_BYTES_PER_MS
  if (firstByteMs < (isMadeFirst ? SLOW_CLIENT_SHARE : WHOLE_SHARE) * wholeMs) return null
  if (felt.metric !== 'p95Ms' && firstByteMs < medianBytes / QUICK_JSON_BYTES_PER_MS) return null
  // what takes far longer than reading and writing so much is slow for another reason
  if ((operation.durations.quantile(0.25) ?? 0) > (DRIVEN_FACTOR * medianBytes) / JSON_BYTES_PER_MS) return null
  const { location, share } = serialization(captures, operation)
  return {
    felt,
    medianBytes,
    p95Bytes: http.responseSizes?.quantile(0.95) ?? meanBytes,
    stringifyShare: share,
    location: location ?? definitionOf(captures, operation),
  }
}

function serialization(
  captures: Captures,
  { component, operation }: OperationView,
): { location: SourceLocation | null; share: number | null } {
  for (const { type, places, operations } of captures.profiles) {
    if (type !== 'cpu') continue
    const of = (share: { component: string | null; operation: string | null }) =>
      share.component === component && share.operation === operation
    const all = operations.find(of)?.self ?? 0
    const inJson = places.filter(({ api }) => api === 'JSON.stringify' || api === 'stringify')
    const parts = inJson.flatMap(({ location, operations: shares }) =>
      shares.filter(of).map(({ self }) => ({ location, self })),
    )
    const [most] = parts.sort((a, b) => b.self - a.self)
    if (most !== undefined && all > 0) {
      return { location: most.location, share: Math.min(1, parts.reduce((sum, { self }) => sum + self, 0) / all) }
    }
  }
  return { location: null, share: null }
}

function findingOf(window: MetricsWindow, large: Large): Finding {
  const { felt, medianBytes, p95Bytes, stringifyShare, location } = large
  const { operation } = felt
  const ordinaryMs = Math.min(felt.p95Ms / 2, ordinaryOf(window, operation))
  const predictedMs = ordinaryMs + (felt.p95Ms - ordinaryMs) * (PAGE_BYTES / medianBytes)
  const savedShare = 1 - predictedMs / felt.p95Ms
  // what the loop stands still for is then no more than the writing of the answer
  const isSerializing = felt.p50Ms <= (SLACK * medianBytes) / JSON_BYTES_PER_MS
  // at the least: on a fast machine it takes no less
  const holdMs = isSerializing ? Math.min(felt.p50Ms, medianBytes / QUICK_JSON_BYTES_PER_MS) : 0
  const { impactScore, severity } = weightOf(window, [{ felt, savedShare }], holdMs)
  const serialized =
    stringifyShare === null
      ? ''
      : ` ${formatPercent(stringifyShare * 100)} of its CPU time goes into turning it into JSON.`
  return {
    bottleneck: {
      type: 'large-payload',
      severity,
      title: `${operationLabel(operation)} answers with ${formatBytes(medianBytes)}`,
      description:
        `An answer of ${nameOf(operation)} is ${formatBytes(medianBytes)} at the median and ${formatBytes(p95Bytes)} at p95, made whole before it is sent${from(location)}; it takes ${formatMs(felt.p50Ms)} at the median${felt.metric === 'p95Ms' ? '' : ' to the first byte'}, p95 ${formatMs(felt.p95Ms)}.${serialized} ` +
        'Reading, serializing and sending it grow with its size, and serializing holds the event loop for everybody.',
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'responseBytesP50', value: medianBytes, unit: 'bytes', threshold: MIN_BYTES },
        { metric: 'responseBytesP95', value: p95Bytes, unit: 'bytes' },
        { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
        { metric: 'count', value: operation.count, unit: 'runs' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'architectural-change',
        title: `Answer ${operationLabel(operation)} in pages`,
        description: `Send a page at a time (\`LIMIT\` and a cursor) and only the fields that are shown${from(location)}; what must go out whole goes out as a stream. With ${formatBytes(PAGE_BYTES)} instead of ${formatBytes(medianBytes)}, ${wouldFall(felt, predictedMs)}.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: promiseOf(window, { felt, predictedMs, impactScore, confidence: CONFIDENCE }),
      },
    ],
    explains: (other) => {
      const { type, location: place, title } = other.bottleneck
      if (isSymptomOf([operation], other, ['database-slowness', 'gc-pressure'])) return true
      const isBlocker = type === 'event-loop-blocked' || type === 'high-cpu-usage'
      const isOurs =
        other.bottleneck.component === operation.component && other.bottleneck.operation === operation.operation
      return isBlocker && isOurs && (place === null || isSerializing || title.includes('stringify'))
    },
  }
}

/** What the app's other routes take at the median. */
function ordinaryOf(window: MetricsWindow, operation: OperationView): number {
  const others = traffic(window)
    .operations.filter((other) => other !== operation && other.count >= MIN_OTHER_RUNS)
    .map((other) => other.totalMs / other.count)
  return quantileOf(others, 0.5) ?? ORDINARY_MS
}
