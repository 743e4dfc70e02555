// What to do about a slow operation, from where its time goes. Predictions of p95 scale it by the time that goes away:
// k calls in one go: share × (k - 1) / k; overlapped: share × (1 - longest / sum); a query as quick as the app's others.

import type { Finding, FindingSeverity } from '../types/findings.js'
import { mean, measured, quantileOf, settledFrom } from '../types/reading.js'
import { formatCount, formatMs, formatPercent, operationLabel, printable } from '../types/units.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { isWait, type TimeSpent } from './calls.js'
import { loopState, suspects } from './loop.js'
import type { Slowness } from './slowness.js'

type Recommendation = Finding['recommendations'][number]

/** From here on calls are a pattern of the code, not two things that happen to be needed. */
export const MANY_CALLS = 5

const SEVERAL_CALLS = 1.5 // per run on average: at least every second run makes two
const THREAD_POOL_LATE_MS = 20 // an idle pool starts a job within 1 ms; beyond this four threads have a queue
const MIN_OTHER_QUERIES = 3 // to say what a query usually takes in this app
const CALLS_CONFIDENCE = 0.7 // p95 runs have more calls than the mean run, so the gain is rather larger
const QUERY_CONFIDENCE = 0.4 // that an index makes it an ordinary query is a hope with a reason
const BUSY_LOOP_CONFIDENCE = 0.5 // factor: the loop's queue is in all of these times

export interface SlowOperation {
  readonly window: MetricsWindow
  readonly operation: OperationView
  readonly slow: Slowness
  readonly spent: TimeSpent
  readonly impactScore: number
  readonly severity: FindingSeverity
}

export function adviceFor(of: SlowOperation): Recommendation[] {
  const { spent } = of
  if (spent.kind === 'component' && isWait(spent.where.component)) return [overlapCalls(of)]
  if (!isWait(spent.where.component)) return [ownCode(of)]
  if (spent.callsPerRun >= MANY_CALLS) return [fewerCalls(of)]
  if (spent.callsPerRun >= SEVERAL_CALLS && spent.sequential) return [overlapSame(of)]
  if (spent.where.component === 'db') return [quickerQuery(of)]
  return [slowDependency(of)]
}

function fewerCalls(of: SlowOperation): Recommendation {
  const { spent, operation } = of
  const calls = formatCount(Math.round(spent.callsPerRun))
  const child = operationLabel(spent.where)
  const isDb = spent.where.component === 'db'
  const remedy = isDb
    ? 'One query for all of them (a join, or `IN` with the list of keys) pays for the way to the database once.'
    : 'One request for all of them where the service has one, or all at the same time with `Promise.all`, waits once.'
  return {
    ...common(of),
    type: isDb ? 'database-optimization' : 'concurrency-improvement',
    title: `${isDb ? 'Fetch with one query' : 'Ask once'} what ${operationLabel(operation)} asks ${child} ${calls} times for`,
    description: `Each run calls ${child} ${calls} times, ${formatMs(spent.meanMs)} each: ${formatPercent(spent.share * 100)} of its time. ${remedy}`,
    implementationEffort: 'medium',
    // calls that overlap already do not add up
    estimatedImpact: spent.sequential ? scaled(of, spent.share * (1 - 1 / spent.callsPerRun), CALLS_CONFIDENCE) : null,
  }
}

function overlapSame(of: SlowOperation): Recommendation {
  const { spent, operation } = of
  const child = operationLabel(spent.where)
  return {
    ...common(of),
    type: 'concurrency-improvement',
    title: `Let ${operationLabel(operation)} call ${child} once, or its calls at the same time`,
    description: `Each run calls it ${formatCount(spent.callsPerRun)} times on average, one after another, ${formatMs(spent.meanMs)} each. If no call needs the result of the one before it, \`Promise.all\` waits for one instead.`,
    implementationEffort: 'low',
    estimatedImpact: scaled(of, spent.share * (1 - 1 / spent.callsPerRun), CALLS_CONFIDENCE),
  }
}

function overlapCalls(of: SlowOperation): Recommendation {
  const { spent, operation } = of
  const sumMs = spent.calls.reduce((sum, { totalMs }) => sum + totalMs, 0)
  const longest = spent.calls[0]
  const list = spent.calls
    .slice(0, 4)
    .map((call) => `${operationLabel(call)} (${formatMs(call.totalMs / Math.max(1, call.calls))})`)
    .join(', ')
  const kind = spent.where.component === 'db' ? 'queries' : 'calls'
  return {
    ...common(of),
    type: spent.sequential
      ? 'concurrency-improvement'
      : spent.where.component === 'db'
        ? 'database-optimization'
        : 'architectural-change',
    title: spent.sequential
      ? `Start the ${spent.calls.length} ${kind} of ${operationLabel(operation)} together`
      : `Make fewer of the ${spent.calls.length} ${kind} of ${operationLabel(operation)}`,
    description: spent.sequential
      ? `They run one after another without overlap: ${list}. Those that do not need another’s result can wait together (\`Promise.all\`); the run then takes as long as the longest.`
      : `They overlap already, and still take ${formatPercent(spent.share * 100)} of its time: ${list}.`,
    implementationEffort: spent.sequential ? 'low' : 'medium',
    estimatedImpact:
      spent.sequential && longest !== undefined && sumMs > 0
        ? scaled(of, spent.share * (1 - longest.totalMs / sumMs), CALLS_CONFIDENCE)
        : null,
  }
}

function quickerQuery(of: SlowOperation): Recommendation {
  const { spent, window } = of
  const query = operationLabel(spent.where)
  const others = window.operations
    .filter(({ component, operation, count }) => component === 'db' && operation !== spent.where.operation && count > 0)
    .map(({ totalMs, count }) => totalMs / count)
  const usualMs = others.length >= MIN_OTHER_QUERIES ? quantileOf(others, 0.5) : null
  const comparable = usualMs !== null && usualMs < spent.meanMs
  return {
    ...common(of),
    type: 'database-optimization',
    title: `Make ${query} quicker: it takes ${formatMs(spent.meanMs)} a call`,
    description:
      `It is ${formatPercent(spent.share * 100)} of the time of ${operationLabel(of.operation)}.` +
      `${comparable ? ` The other ${others.length} operations of the database take ${formatMs(usualMs)} at the median, so the database itself is not slow.` : ''}` +
      ' Its execution plan shows whether it reads rows that it then throws away (a missing index) or waits for a lock.',
    implementationEffort: 'medium',
    estimatedImpact: comparable ? scaled(of, spent.share * (1 - usualMs / spent.meanMs), QUERY_CONFIDENCE) : null,
  }
}

function slowDependency(of: SlowOperation): Recommendation {
  const { spent, window, operation } = of
  const child = operationLabel(spent.where)
  const calls = spent.calls[0]?.calls ?? operation.count
  const readsOnly = spent.where.operation.startsWith('GET ')
  const figures = `${child} takes ${formatMs(spent.meanMs)} a call and ${formatPercent(spent.share * 100)} of the time of ${operationLabel(operation)}; it was called ${formatCount(calls)} times in ${formatMs(window.durationMs)}.`
  return {
    ...common(of),
    type: readsOnly ? 'caching-strategy' : 'architectural-change',
    title: readsOnly
      ? `Keep answers of ${child} for a while`
      : `Take ${child} out of the way of ${operationLabel(operation)}`,
    description: readsOnly
      ? `${figures} A GET may be answered from a cache: every hit saves ${formatMs(spent.meanMs)}. How many hits there would be is not in these figures.`
      : `${figures} Nothing in this process makes it quicker: answer before it is done (a queue), or set a timeout that your users can bear.`,
    implementationEffort: readsOnly ? 'low' : 'high',
    estimatedImpact: null,
  }
}

function ownCode(of: SlowOperation): Recommendation {
  const { spent, window, operation } = of
  const where = operationLabel(spent.where)
  const share = formatPercent(spent.share * 100)
  const poolMs = mean(measured(window.runtime('threadPoolDelayMs'), settledFrom(window)))
  const suspect = suspects(window).find((known) => known.operation === operation)
  if (poolMs !== null && poolMs > THREAD_POOL_LATE_MS) {
    return {
      ...common(of),
      type: 'configuration-tuning',
      title: `Give file, DNS and crypto jobs more threads: they wait ${formatMs(poolMs)} for one`,
      description: `${share} of the time of ${operationLabel(operation)} is in ${where} itself, and every job of libuv’s pool (4 threads unless \`UV_THREADPOOL_SIZE\` says otherwise) starts ${formatMs(poolMs)} late. Raise \`UV_THREADPOOL_SIZE\` before the process starts, or do less of such work per request.`,
      implementationEffort: 'low',
      estimatedImpact: null,
    }
  }
  if (suspect !== undefined) {
    return {
      ...common(of),
      type: 'algorithm-optimization',
      title: `Make ${where} do less work`,
      description: `${share} of its time is in its own code, and the event loop was busy enough for that to be work: up to ${formatPercent(suspect.workPercent)} of the loop’s time, at least ${formatMs(suspect.leastMs)} a run.`,
      implementationEffort: 'medium',
      estimatedImpact: null,
    }
  }
  const utilization = loopState(window).utilizationPercent
  const idle = utilization === null ? '' : `, while the event loop was only ${formatPercent(utilization)} busy`
  return {
    ...common(of),
    type: 'concurrency-improvement',
    title: `Find what ${where} waits for`,
    description:
      operation.selfMs === null
        ? `Call trees are off (\`enableRequestScope: false\`)${idle}: with them its time would break down into what it calls.`
        : `${share} of its time is in no measured call${idle}: it waits for something that is not measured (a timer, a lock, a client). Wrap its steps in \`track()\`, or the client in \`instrument()\`, to see which.`,
    implementationEffort: 'medium',
    estimatedImpact: null,
  }
}

function common(of: SlowOperation): Pick<Recommendation, 'priority'> {
  return { priority: of.severity }
}

/** p95 without `savedShare` of the time. */
function scaled(of: SlowOperation, savedShare: number, confidence: number): Recommendation['estimatedImpact'] {
  const saved = Math.min(1, Math.max(0, savedShare))
  return {
    score: of.impactScore * saved,
    metric: 'p95Ms',
    current: of.slow.p95Ms,
    predicted: of.slow.p95Ms * (1 - saved),
    confidence: confidence * (loopState(of.window).busy ? BUSY_LOOP_CONFIDENCE : 1),
  }
}

/** `92 % of its time is in db SELECT …, 51 calls per request of 24 ms each`. */
export function whereItGoes({ spent, operation }: Pick<SlowOperation, 'spent' | 'operation'>): string {
  const share = formatPercent(spent.share * 100)
  if (operation.selfMs === null) return 'What it spends its time on is not known: call trees are off.'
  const per = operation.component === 'http' ? 'request' : 'run'
  const calls = `${formatCount(spent.callsPerRun >= 10 ? Math.round(spent.callsPerRun) : Number(spent.callsPerRun.toFixed(1)))} calls per ${per}`
  if (spent.kind === 'component') {
    return `${share} of its time is in ${spent.calls.length} operations of ${printable(spent.where.component)}, ${calls}, ${formatMs(spent.meanMs)} each${spent.sequential ? ', one after another' : ''}.`
  }
  if (!isWait(spent.where.component) && spent.where.component === operation.component) {
    return `${share} of its time is in none of the operations it calls.`
  }
  return `${share} of its time is in ${operationLabel(spent.where)}, ${calls}, ${formatMs(spent.meanMs)} each.`
}
