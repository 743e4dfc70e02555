// True when the mean of a route has risen by half and 20 ms at one point of the window, and stayed there: found by the sum of deviations
// (CUSUM), believed by a rank test over the samples before and after, ten samples and thirty runs each, with no more load than before
// and outside of start-up. Model: as before.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, settledFrom } from '../../types/reading.js'
import { formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationColumns, OperationView } from '../../types/window.js'
import { cpuShortage, FULL_PERCENT, othersPercent } from '../cpu.js'
import { type Call, callsOf } from '../flow.js'
import { Felt, isAbout, weightOf } from '../gain.js'
import { traffic } from '../impact.js'
import { tracesOf } from '../steps.js'
import { definitionOf, from, nameOf, perRun, placesOf } from '../wording.js'
import { written } from '../written.js'

const MIN_SAMPLES = 10 // on either side
const MIN_RUNS = 30
const MIN_FACTOR = 1.5
const MIN_FACTOR_WHEN_SHORT = 3 // while other processes use the host's CPU, whatever they do makes that much of a difference
const MIN_FACTOR_WHEN_FILLED = 5 // when they took the CPU at the very time
const MIN_FILLED_PERCENT = 15 // of the host: so much more do others use than before
const MIN_RISE_MS = 20
const SIGNIFICANCE_Z = 4 // one in thirty thousand: every route is tested, in every round
const LASTING_SHARE = 0.7 // of the rise is still there in the last quarter
const MORE_LOAD = 1.5 // requests per second after against before: then the load is the reason
const CHILD_SHARE = 0.6 // of the rise lies in one call
const MAX_FINDINGS = 5
const CONFIDENCE = 0.7

interface Side {
  readonly samples: number
  readonly count: number
  readonly totalMs: number
  readonly means: readonly number[]
}

interface Change {
  readonly operation: OperationView
  readonly index: number
  readonly atMs: number
  readonly beforeMs: number
  readonly afterMs: number
  readonly after: Side
  readonly culprit: Call | null
}

export function regression(): OptimizerRule {
  return { name: 'regression', evaluate }
}

function* evaluate({ window, captures, thresholds }: RuleContext): Generator<void, Finding[]> {
  const shortage = cpuShortage(window, thresholds.cpuUsagePercent)
  if (window.operationColumns === undefined || shortage?.of === 'event-loop') return []
  const minFactor = shortage === null ? MIN_FACTOR : MIN_FACTOR_WHEN_SHORT
  const found: Change[] = []
  for (const operation of traffic(window).operations) {
    yield
    if (operation.count < 2 * MIN_RUNS) continue
    const change = changeOf(window, operation, minFactor)
    if (change !== null) found.push(change)
  }
  return yield* written(found, (change) => findingOf(window, captures, change), MAX_FINDINGS)
}

function changeOf(window: MetricsWindow, operation: OperationView, minFactor: number): Change | null {
  const columns = window.operationColumns?.(operation.component, operation.operation) ?? null
  if (columns === null) return null
  const from = settledFrom(window)
  const to = window.timestamps.length
  if (to - from < 2 * MIN_SAMPLES) return null
  const index = changePoint(columns, from, to)
  const before = sideOf(columns, from, index)
  const after = sideOf(columns, index, to)
  if (Math.min(before.means.length, after.means.length) < MIN_SAMPLES) return null
  if (Math.min(before.count, after.count) < MIN_RUNS) return null
  const beforeMs = before.totalMs / before.count
  const afterMs = after.totalMs / after.count
  if (afterMs < minFactor * beforeMs || afterMs - beforeMs < MIN_RISE_MS) return null
  if (afterMs < MIN_FACTOR_WHEN_FILLED * beforeMs && wasFilledAt(window, { from, index, to })) return null
  if (after.count / after.samples > (MORE_LOAD * before.count) / before.samples) return null
  if (rankZ(before.means, after.means) < SIGNIFICANCE_Z) return null
  const last = sideOf(columns, to - Math.max(5, (to - index) >> 2), to)
  if (last.count === 0 || last.totalMs / last.count - beforeMs < LASTING_SHARE * (afterMs - beforeMs)) return null
  const atMs = window.timestamps[index - 1] ?? window.from
  return {
    operation,
    index,
    atMs,
    beforeMs,
    afterMs,
    after,
    culprit: culpritOf(window, operation, { from, index, to, riseMs: afterMs - beforeMs }),
  }
}

/** Other processes filled the host's CPU when the route became slower. */
function wasFilledAt(window: MetricsWindow, { from, index, to }: { from: number; index: number; to: number }): boolean {
  const others = othersPercent(window)
  const before = mean(measured(others.slice(from, index)))
  const after = mean(measured(others.slice(index, to)))
  const host = mean(measured(window.system('cpuUsagePercent').slice(index, to)))
  return before !== null && after !== null && after - before >= MIN_FILLED_PERCENT && (host ?? 0) >= FULL_PERCENT
}

/** Index of the first sample of the new level: where the summed deviations from the mean are lowest. */
function changePoint({ count, totalMs }: OperationColumns, from: number, to: number): number {
  let runs = 0
  let ms = 0
  for (let i = from; i < to; i++) {
    runs += count[i] ?? 0
    ms += totalMs[i] ?? 0
  }
  const mean = runs === 0 ? 0 : ms / runs
  let sum = 0
  let lowest = 0
  let index = from
  for (let i = from; i < to; i++) {
    sum += (totalMs[i] ?? 0) - mean * (count[i] ?? 0)
    if (sum < lowest) {
      lowest = sum
      index = i + 1
    }
  }
  return index
}

function sideOf({ count, totalMs }: OperationColumns, from: number, to: number): Side {
  const means: number[] = []
  let runs = 0
  let ms = 0
  for (let i = from; i < to; i++) {
    const n = count[i] ?? 0
    runs += n
    ms += totalMs[i] ?? 0
    if (n > 0) means.push((totalMs[i] ?? 0) / n)
  }
  return { samples: to - from, count: runs, totalMs: ms, means }
}

/** Mann-Whitney, as a normal deviate: how surely the second ones are greater. */
function rankZ(first: readonly number[], second: readonly number[]): number {
  const all = [
    ...first.map((value) => ({ value, isSecond: false })),
    ...second.map((value) => ({ value, isSecond: true })),
  ]
  all.sort((a, b) => a.value - b.value)
  const ranks = all.reduce((sum, { isSecond }, i) => sum + (isSecond ? i + 1 : 0), 0)
  const [n, m] = [first.length, second.length]
  const u = ranks - (m * (m + 1)) / 2
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}

/** The call that became slower, or is made more often, by as much. */
function culpritOf(
  window: MetricsWindow,
  operation: OperationView,
  of: { from: number; index: number; to: number; riseMs: number },
): Call | null {
  for (const call of callsOf(window, operation)) {
    const columns = window.operationColumns?.(call.component, call.operation) ?? null
    if (columns === null || !call.isLeaf) continue
    const before = sideOf(columns, of.from, of.index)
    const after = sideOf(columns, of.index, of.to)
    if (after.count === 0) continue
    const beforeMs = before.count === 0 ? 0 : before.totalMs / before.count
    const risePerRun = (after.totalMs / after.count - beforeMs) * call.callsPerRun
    if (risePerRun >= CHILD_SHARE * of.riseMs) return call
  }
  return null
}

function findingOf(window: MetricsWindow, captures: Captures, change: Change): Finding {
  const { operation, atMs, beforeMs, afterMs, after, culprit } = change
  const felt = new Felt(operation)
  const savedShare = Math.min(1, (after.count * (afterMs - beforeMs)) / operation.totalMs)
  const { impactScore, severity } = weightOf(window, [{ felt, savedShare }])
  const at = new Date(atMs).toISOString()
  const location =
    culprit === null
      ? definitionOf(captures, operation)
      : (placesOf(captures, {
          child: culprit,
          caller: culprit.caller,
          traces: tracesOf(window, captures, operation),
        })[0] ?? null)
  const rise = formatPercent((afterMs / beforeMs - 1) * 100)
  const where =
    culprit === null
      ? 'No call that is measured became slower by as much: it is in its own code, or in a wait that is not measured'
      : `The time went into ${nameOf(culprit)}`
  return {
    bottleneck: {
      type: 'regression',
      severity,
      title: `${operationLabel(operation)} takes ${formatMs(afterMs)} instead of ${formatMs(beforeMs)} since ${at}`,
      description:
        `Until ${at} a ${perRun(operation)} of ${nameOf(operation)} took ${formatMs(beforeMs)} on average, since then ${formatMs(afterMs)} (${rise} more), and it has stayed so; the load is no higher than before. ` +
        `${where}${from(location)}.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'averageDurationMs', value: afterMs, unit: 'ms' },
        { metric: 'mean before', value: beforeMs, unit: 'ms' },
        { metric: 'runs since', value: after.count, unit: 'runs' },
        { metric: 'p95Ms', value: felt.p95Ms, unit: 'ms' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'algorithm-optimization',
        title: `Find what changed for ${operationLabel(operation)} at ${at}`,
        description: `A deploy, a flag, a configuration, a table that outgrew its cache, a neighbour: what happened then? ${where}${from(location)}. As before, the mean would be ${formatMs(beforeMs)} instead of ${formatMs(afterMs)}.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: {
          score: impactScore * savedShare,
          metric: 'averageDurationMs',
          current: afterMs,
          predicted: beforeMs,
          confidence: CONFIDENCE,
        },
      },
    ],
    explains: (other) => isAbout([operation], other, ['slow-operations', 'tail-latency', 'cacheable-repeat']),
  }
}
