// True when a route's time grows with the number in flight although the loop, the CPU and its calls are idle: throughput stands at what
// one (or a few) at a time can do while more wait, or, in bursts, its mean follows the number of its requests. Model: without the queue a
// run takes what the quickest ones take.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { quantileOf, settledFrom } from '../../types/reading.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { ownMs } from '../calls.js'
import { cpuShortage } from '../cpu.js'
import { callsOf } from '../flow.js'
import { type Felt, feltRoutes, isAbout, promiseOf, weightOf } from '../gain.js'
import { loopState, turnsOf } from '../loop.js'
import { tracesOf } from '../steps.js'
import { definitionOf, from, nameOf, placesOf, wouldFall } from '../wording.js'

const MIN_MEAN_MS = 40 // a queue that costs less is not felt
const MIN_QUEUE_FACTOR = 2 // mean against the quickest: at least as long in the queue as at work
const MIN_OWN_SHARE = 0.6 // of the time is in no database, service or connection: nothing outside queues
const MAX_LOOP_PERCENT = 70
const MAX_LOOP_SHARE = 0.3 // of the mean that turns of the loop take
const MIN_ROWS = 10
const MIN_QUEUED_ROWS = 8
const MIN_IN_FLIGHT = 4 // on average over a sample: then it was queued for nearly all of it
const MAX_WIDTH = 4 // at a time: with more, throughput near a multiple of the quickest run's is a coincidence
const WIDTH_TOLERANCE = 0.25
const NARROW = 2 // p90 against p10: all wait for as many others
const GROWTH = 3 // of the number in flight at a throughput that stays
const STEADY_SPREAD = 0.3 // of the throughput while the number in flight is what it likes
const MIN_CORRELATION = 0.7 // of mean and number, over the samples
const BUSY_FACTOR = 2 // mean in the busiest quarter of the samples against the quietest
const MIN_COUNT_SPREAD = 0.3 // of the numbers: a steady load cannot show what a burst does
const MAX_FINDINGS = 5
const CONFIDENCE = 0.5

interface Row {
  readonly count: number
  readonly meanMs: number
  readonly perMs: number
  readonly inFlight: number
}

interface Queue {
  readonly felt: Felt
  readonly quickMs: number
  /** How many run at a time. */
  readonly width: number
  readonly inFlight: number
}

export function concurrencyIssues(): OptimizerRule {
  return { name: 'concurrency-issues', evaluate }
}

function* evaluate({ window, captures, thresholds }: RuleContext): Generator<void, Finding[]> {
  const loop = loopState(window)
  if (loop.utilizationPercent === null || loop.utilizationPercent > MAX_LOOP_PERCENT) return []
  // other processes that use the CPU make everything slow, but not one by one
  if (cpuShortage(window, thresholds.cpuUsagePercent)?.of === 'event-loop') return []
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    const queue = queueOf(window, felt)
    if (queue !== null) findings.push(findingOf(window, captures, queue))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function queueOf(window: MetricsWindow, felt: Felt): Queue | null {
  const { operation, meanMs } = felt
  const quickMs = quickestMs(operation)
  if (meanMs < MIN_MEAN_MS || quickMs <= 0 || meanMs < MIN_QUEUE_FACTOR * quickMs) return null
  if (ownMs(window, operation) < MIN_OWN_SHARE * operation.totalMs || felt.metric !== 'p95Ms') return null
  if (turnsOf(0) * loopState(window).waitMs > MAX_LOOP_SHARE * meanMs) return null
  const rows = rowsOf(window, operation)
  if (rows.length < MIN_ROWS) return null
  const width = saturatedWidth(operation, rows, quickMs) ?? burstWidth(rows, quickMs)
  if (width === null) return null
  return {
    felt,
    quickMs,
    width,
    inFlight:
      quantileOf(
        rows.map((row) => row.inFlight),
        0.9,
      ) ?? 0,
  }
}

/** Of those that succeeded: a refusal is quick for another reason. */
function quickestMs({ series }: OperationView): number {
  const minima = series.flatMap(({ outcome, durations }) =>
    outcome === 'success' && durations.min !== null ? [durations.min] : [],
  )
  return minima.length === 0 ? 0 : Math.min(...minima)
}

function rowsOf(window: MetricsWindow, { component, operation }: OperationView): Row[] {
  const columns = window.operationColumns?.(component, operation) ?? null
  if (columns === null || window.timestamps.length === 0) return []
  const intervalMs = window.durationMs / window.timestamps.length
  const rows: Row[] = []
  for (let i = settledFrom(window); i < window.timestamps.length; i++) {
    const count = columns.count[i] ?? 0
    const totalMs = columns.totalMs[i] ?? 0
    if (count > 0)
      rows.push({ count, meanMs: totalMs / count, perMs: count / intervalMs, inFlight: totalMs / intervalMs })
  }
  return rows
}

/** Throughput × quickest run is the number that run at a time: it stands there while more are in flight, however many more. */
function saturatedWidth({ durations }: OperationView, rows: readonly Row[], quickMs: number): number | null {
  const queued = rows.filter(({ inFlight }) => inFlight >= MIN_IN_FLIGHT)
  if (queued.length < MIN_QUEUED_ROWS) return null
  const rates = queued.map(({ perMs }) => perMs * quickMs)
  // the better seconds: a queue that begins or ends within a second, and a busy machine, make the others slower
  const at = quantileOf(rates, 0.75) ?? 0
  const width = Math.max(1, Math.round(at))
  if (width > MAX_WIDTH || Math.abs(at - width) > WIDTH_TOLERANCE * width) return null
  if ((quantileOf(rates, 0.95) ?? 0) > (1 + WIDTH_TOLERANCE) * width || spread(rates) > STEADY_SPREAD) return null
  const inFlight = queued.map((row) => row.inFlight)
  if ((quantileOf(inFlight, 0.5) ?? 0) < 2 * width) return null
  const p10 = durations.quantile(0.1) ?? 0
  const isNarrow = p10 > 0 && (durations.quantile(0.9) ?? 0) <= NARROW * p10
  const all = rows.map((row) => row.inFlight)
  const grows = (quantileOf(all, 0.95) ?? 0) >= GROWTH * (quantileOf(all, 0.05) ?? 0)
  return isNarrow || grows ? width : null
}

/** n that come together and run one by one take (n + 1) / 2 times as long as one, on average. */
function burstWidth(rows: readonly Row[], quickMs: number): number | null {
  const counts = rows.map(({ count }) => count)
  const means = rows.map(({ meanMs }) => meanMs)
  if (spread(counts) < MIN_COUNT_SPREAD || correlation(counts, means) < MIN_CORRELATION) return null
  const sorted = [...rows].sort((a, b) => a.count - b.count)
  const quarter = Math.max(1, sorted.length >> 2)
  const quiet = meanOf(sorted.slice(0, quarter).map(({ meanMs }) => meanMs))
  const busiest = sorted.slice(-quarter)
  const busy = meanOf(busiest.map(({ meanMs }) => meanMs))
  if (busy < BUSY_FACTOR * quiet) return null
  const together = meanOf(busiest.map(({ count }) => count))
  return Math.max(1, Math.round(((together + 1) * quickMs) / (2 * busy)))
}

function findingOf(window: MetricsWindow, captures: Captures, queue: Queue): Finding {
  const { felt, quickMs, width, inFlight } = queue
  const { operation, meanMs } = felt
  const savedShare = 1 - quickMs / meanMs
  const { impactScore, severity } = weightOf(window, [{ felt, savedShare }])
  const traces = tracesOf(window, captures, operation)
  const call = callsOf(window, operation).find(({ isLeaf, msPerRun }) => isLeaf && msPerRun > savedShare * meanMs * 0.6)
  const location =
    call === undefined
      ? definitionOf(captures, operation)
      : (placesOf(captures, { child: call, caller: call.caller, traces })[0] ?? null)
  const one = width === 1 ? 'one at a time' : `${formatCount(width)} at a time`
  const where = call === undefined ? '' : ` They wait in ${nameOf(call)}.`
  const utilization = loopState(window).utilizationPercent as number
  return {
    bottleneck: {
      type: 'concurrency-issues',
      severity,
      title: `${operationLabel(operation)} runs ${one}; the others wait`,
      description:
        `The quickest runs of ${nameOf(operation)} take ${formatMs(quickMs)}, the mean ${formatMs(meanMs)}: with ${formatCount(Number(inFlight.toFixed(1)))} in flight it gets no more done than ${one} would, ` +
        `while the event loop is ${formatPercent(utilization)} busy and no database or service takes the time${from(location)}.${where} A lock, a semaphore or a queue lets them through ${one}.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'averageDurationMs', value: meanMs, unit: 'ms' },
        { metric: 'quickestMs', value: quickMs, unit: 'ms' },
        { metric: 'inFlight', value: inFlight, unit: 'runs' },
        { metric: 'saturatesAt', value: width, unit: 'runs' },
        { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
        { metric: 'eventLoopUtilizationPercent', value: utilization, unit: '%' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'concurrency-improvement',
        title: `Let more than ${formatCount(width)} of ${operationLabel(operation)} run at a time`,
        description: `Hold the lock only around what must not overlap, keep one per key instead of one for all, or give the semaphore or queue more places${from(location)}; ${wouldFall(felt, quickMs)}.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: promiseOf(window, {
          felt,
          predictedMs: Math.min(quickMs, felt.p95Ms),
          impactScore,
          confidence: CONFIDENCE,
        }),
      },
    ],
    explains: (other) =>
      isAbout([operation], other, [
        'slow-operations',
        'tail-latency',
        'cacheable-repeat',
        'regression',
        'slow-dependency',
      ]),
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** Standard deviation as a share of the mean. */
function spread(values: readonly number[]): number {
  const mean = meanOf(values)
  return mean === 0 ? 0 : Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) / mean
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const meanA = meanOf(a)
  const meanB = meanOf(b)
  let both = 0
  let ofA = 0
  let ofB = 0
  for (const [i, value] of a.entries()) {
    const other = (b[i] as number) - meanB
    both += (value - meanA) * other
    ofA += (value - meanA) ** 2
    ofB += other ** 2
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB)
}
