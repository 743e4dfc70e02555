// True when runs wait for a connection of a pool for 30 % of their time (15 % where the wait's p95 is 30 % of the route's) and 25 ms at
// p95, or when all connections are out, others wait, and somebody has kept his for ten seconds. Told apart: never given back, held across other calls, or too few. Model: the
// route without the share of its time that it waits.
import type { Captures, PoolHolder, PoolRecord } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { errorRatePercent } from '../../types/reading.js'
import { formatCount, formatMs, formatPercent, operationLabel, printable } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { findOperation } from '../calls.js'
import { P50_PER_CALL } from '../dominant.js'
import { type Call, callsOf, isPoolWait, isSocketWait, meanMsOf } from '../flow.js'
import { type Felt, feltRoutes, gainOf, isAbout, isSymptomOf, weightOf } from '../gain.js'
import { loopState } from '../loop.js'
import { isSame, levels, MIN_TRACES, medianOf, stepsOf, tracesOf } from '../steps.js'
import { from, nameOf, perRun, placesOf, wouldFall } from '../wording.js'

const MIN_WAIT_SHARE = 0.3 // of a route's time
const MIN_TAIL_SHARE = 0.15 // where it is the p95 that waits: the pool is empty by turns
const MIN_WAIT_P95_MS = 25 // to open a connection takes as long now and then; a free one is there at once
const MIN_WAITS = 20
const KEPT_MS = 10_000 // nobody needs one connection for so long while others wait, or it should have one of its own
const KEPT_SHARE = 0.5 // of the connections, kept so long: the rest still turns round
const FOREIGN_SHARE = 0.4 // of the time between getting a connection and the last query with it
const MAX_HOLDERS = 5 // whose kept requests are gone through, in one step
const MAX_FINDINGS = 10
const CONFIDENCE = 0.6

interface Wait {
  readonly felt: Felt
  readonly call: Call
  readonly share: number
}

interface Exhausted {
  readonly name: string
  readonly isSocket: boolean
  readonly view: OperationView | null
  readonly record: PoolRecord | null
  /** The most waiting first. */
  readonly waits: readonly Wait[]
  readonly kept: readonly PoolHolder[]
}

export function poolExhaustion(): OptimizerRule {
  return { name: 'pool-exhaustion', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const waits = new Map<string, Wait[]>()
  const isBusy = loopState(window).busy // then everything waits
  for (const felt of feltRoutes(window)) {
    yield
    for (const call of callsOf(window, felt.operation)) {
      if (!isPoolWait(call)) continue
      const share = Math.min(1, call.msPerRun / meanMsOf(felt.operation))
      if (isBusy || !isWaitOf(felt, call, share)) continue
      const known = waits.get(call.operation)
      if (known === undefined) waits.set(call.operation, [{ felt, call, share }])
      else known.push({ felt, call, share })
    }
  }
  const names = new Set([...waits.keys(), ...captures.pools.map(({ name }) => name)])
  const findings: Finding[] = []
  for (const name of names) {
    yield
    const exhausted = exhaustion(window, captures, name, waits.get(name) ?? [])
    if (exhausted !== null) findings.push(findingOf(window, captures, exhausted))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function isWaitOf(felt: Felt, { view }: Call, share: number): boolean {
  if (share >= MIN_WAIT_SHARE) return true
  if (share < MIN_TAIL_SHARE || view === null) return false
  return (view.durations.quantile(0.95) ?? 0) >= MIN_WAIT_SHARE * felt.p95Ms
}

function exhaustion(window: MetricsWindow, captures: Captures, name: string, waits: Wait[]): Exhausted | null {
  const operation = { component: 'pool', operation: name }
  const view = findOperation(window, operation)
  const record = captures.pools.find((each) => each.name === name) ?? null
  const limit = record?.maxConnections ?? record?.openConnections ?? 0
  const kept = (record?.holders ?? []).filter(({ longestHeldMs }) => longestHeldMs >= KEPT_MS)
  const keptCount = kept.reduce((sum, { held }) => sum + held, 0)
  const isEmpty = record !== null && record.waitingRequests > 0 && record.idleConnections === 0
  const isLost = isEmpty && limit > 0 && keptCount >= KEPT_SHARE * limit
  const p95Ms = view === null || view.count < MIN_WAITS ? 0 : (view.durations.quantile(0.95) ?? 0)
  const isWaitedFor = waits.length > 0 && p95Ms >= MIN_WAIT_P95_MS
  if (!isLost && !isWaitedFor) return null
  return {
    name,
    isSocket: isSocketWait(operation),
    view,
    record,
    waits: waits.sort((a, b) => b.call.msPerRun * b.felt.operation.count - a.call.msPerRun * a.felt.operation.count),
    kept: isLost ? kept : [],
  }
}

function findingOf(window: MetricsWindow, captures: Captures, of: Exhausted): Finding {
  const { waits, record, view, kept, isSocket } = of
  const [worst] = waits
  const [keeper] = kept
  const holder = isSocket ? null : holderAcrossCalls(window, captures, waits)
  const about = keeper?.operation != null && keeper.component !== null ? ownerOf(window, keeper) : null
  const blamed = holder?.wait ?? worst
  const subject = about ?? blamed?.felt.operation ?? null
  const location = keeper?.location ?? (blamed === undefined ? null : placeOf(window, captures, blamed)) ?? null
  const { impactScore, severity } = weightOfWaits(window, of)
  const pool = printable(of.name)
  const label = subject === null ? pool : operationLabel(subject)
  const what = isSocket ? 'a free socket' : 'a connection'
  const size = record?.maxConnections === null || record === null ? '' : ` of ${formatCount(record.maxConnections)}`
  const waitP95Ms = view?.durations.quantile(0.95) ?? null
  const evidence: Evidence[] = []
  if (waitP95Ms !== null)
    evidence.push({ metric: 'waitP95Ms', value: waitP95Ms, unit: 'ms', threshold: MIN_WAIT_P95_MS })
  if (view !== null && view.count > 0) evidence.push({ metric: 'meanWaitMs', value: meanMsOf(view), unit: 'ms' })
  if (worst !== undefined) {
    evidence.push({ metric: worst.felt.metric, value: worst.felt.p95Ms, unit: 'ms' })
    evidence.push({ metric: 'share of waiting', value: worst.share * 100, unit: '%' })
  }
  if (record !== null) {
    evidence.push({ metric: 'openConnections', value: record.openConnections, unit: 'connections' })
    evidence.push({ metric: 'waitingRequests', value: record.waitingRequests, unit: 'requests' })
  }
  if (keeper !== undefined) evidence.push({ metric: 'longestHeldMs', value: keeper.longestHeldMs, unit: 'ms' })
  const cause =
    keeper !== undefined
      ? `${formatCount(kept.reduce((sum, { held }) => sum + held, 0))}${size} connections have been out for up to ${formatMs(keeper.longestHeldMs)} and have not come back: ${holdersText(kept)}.`
      : holder !== null
        ? `${nameOf(holder.wait.felt.operation)} keeps its connection while it does something else: ${formatPercent(holder.foreign.share * 100)} of the time that it has one goes to ${holder.foreign.names.join(', ')}.`
        : `All${size} connections are in use when requests come: there are too few for this load, or each is kept for too long${record !== null && record.holders.length > 0 ? ` (now by ${holdersText(record.holders)})` : ''}.`
  const waiting =
    worst === undefined
      ? `${formatCount(record?.waitingRequests ?? 0)} wait for ${what} of ${pool} now.`
      : `${nameOf(worst.felt.operation)} waits for ${what} of ${pool} for ${formatPercent(worst.share * 100)} of its time (p95 of the wait ${formatMs(waitP95Ms ?? 0)}, of the ${perRun(worst.felt.operation)} ${formatMs(worst.felt.p95Ms)}).`
  return {
    bottleneck: {
      type: 'pool-exhaustion',
      severity,
      title:
        keeper !== undefined
          ? `${label} takes connections of ${pool} and does not give them back`
          : blamed === worst
            ? `${label} waits for ${what} of ${pool}`
            : `${label} keeps connections of ${pool} while it calls others`,
      description: `${waiting} ${cause}`,
      component: subject?.component ?? 'pool',
      operation: subject?.operation ?? of.name,
      impactScore,
      evidence,
      location,
      victims: waits
        .filter(({ felt }) => felt.operation !== subject)
        .map(({ felt }) => ({
          component: felt.operation.component,
          operation: felt.operation.operation,
          metric: felt.metric,
          value: felt.p95Ms,
          unit: 'ms',
        })),
    },
    recommendations: [
      advice(window, of, { subject, location, foreign: holder?.foreign ?? null, impactScore, severity, pool }),
    ],
    explains: (other) =>
      isSymptomOf(
        [...waits.map(({ felt }) => felt.operation), ...(subject === null ? [] : [subject])],
        other,
        // who gave up waiting failed
        keeper === undefined && (view?.failedCount ?? 0) === 0 ? [] : ['high-error-rate'],
      ) ||
      isWithin(waits, other) ||
      (other.bottleneck.component === 'pool' && other.bottleneck.operation === of.name),
  }
}

function advice(
  window: MetricsWindow,
  { waits, kept, isSocket, record }: Exhausted,
  of: Pick<Finding['bottleneck'], 'location' | 'impactScore' | 'severity'> & {
    subject: OperationView | null
    foreign: { names: readonly string[] } | null
    pool: string
  },
): Finding['recommendations'][number] {
  const { location, foreign, impactScore, severity, pool } = of
  const [worst] = waits
  const fall =
    worst === undefined ? '' : `; without the wait ${wouldFall(worst.felt, worst.felt.p95Ms * (1 - worst.share))}`
  const common = {
    priority: severity,
    estimatedImpact:
      worst === undefined
        ? withoutTimeouts(of.subject, impactScore)
        : gainOf(window, { felt: worst.felt, savedShare: worst.share, impactScore, confidence: CONFIDENCE }),
  }
  if (kept.length > 0) {
    return {
      ...common,
      type: 'algorithm-optimization',
      title: `Give connections of ${pool} back on every path`,
      description: `Release in a \`finally\` what is taken${from(location)}: an early return or an exception between taking and releasing keeps it for ever. \`pool.query()\` and a helper that takes a callback do it by themselves${fall}.`,
      implementationEffort: 'low',
    }
  }
  if (foreign !== null) {
    return {
      ...common,
      type: 'database-optimization',
      title: `Do not keep a connection of ${pool} while calling others`,
      description: `Call ${foreign.names.join(', ')} before the connection is taken or after it is given back${from(location)}: a transaction that waits for a service keeps its connection and its locks meanwhile${fall}.`,
      implementationEffort: 'medium',
    }
  }
  const size = record?.maxConnections ?? null
  return {
    ...common,
    type: 'configuration-tuning',
    title: isSocket
      ? `Allow more sockets to ${pool.replace(/^agent /, '')}`
      : `Let ${pool} have more connections, or need them for less time`,
    description: isSocket
      ? `Raise \`maxSockets\` of the agent${size === null ? '' : ` (${formatCount(size)} now)`}, or make fewer requests at once${from(location)}${fall}.`
      : `Raise the pool's maximum${size === null ? '' : ` (${formatCount(size)} now)`} as far as the database allows, and shorten what holds a connection${from(location)}: fewer and quicker queries in each transaction${fall}.`,
    implementationEffort: 'low',
  }
}

/** Who keeps a connection while it does something else is the cause, whoever waits the most for it. */
function holderAcrossCalls(window: MetricsWindow, captures: Captures, waits: readonly Wait[]) {
  for (const wait of waits.slice(0, MAX_HOLDERS)) {
    const foreign = foreignCalls(window, captures, wait)
    if (foreign !== null) return { wait, foreign }
  }
  return null
}

/** A call that takes less than the wait for the connection with which it is made. */
function isWithin(waits: readonly Wait[], other: Finding): boolean {
  const callMs = other.bottleneck.evidence.find(({ metric }) => metric === P50_PER_CALL)?.value
  const shorter = waits.filter(({ call }) => callMs !== undefined && callMs < call.msPerRun)
  return isAbout(
    shorter.map(({ felt }) => felt.operation),
    other,
    ['slow-dependency', 'database-slowness'],
  )
}

/** Where nobody gets a connection any more, requests end by a time-out or not at all. */
function withoutTimeouts(
  subject: OperationView | null,
  impactScore: number,
): Finding['recommendations'][number]['estimatedImpact'] {
  const current = subject === null ? null : errorRatePercent(subject)
  return current === null || current === 0
    ? null
    : { score: impactScore, metric: 'errorRatePercent', current, predicted: 0, confidence: CONFIDENCE }
}

function weightOfWaits(
  window: MetricsWindow,
  { waits, kept }: Exhausted,
): Pick<Finding['bottleneck'], 'impactScore' | 'severity'> {
  const weight = weightOf(
    window,
    waits.map(({ felt, share }) => ({ felt, savedShare: share })),
  )
  // who waits for what never comes back does not end, and is in no figure of ended requests
  if (kept.length === 0 || weight.severity === 'critical') return weight
  return { impactScore: Math.max(weight.impactScore, 0.4), severity: 'high' }
}

/** What runs between getting the connection and the last query with it, and is none of its queries. */
function foreignCalls(
  window: MetricsWindow,
  captures: Captures,
  { felt, call }: Wait,
): { share: number; names: string[] } | null {
  const shares: number[] = []
  const names = new Set<string>()
  for (const trace of tracesOf(window, captures, felt.operation)) {
    for (const level of levels(stepsOf(trace))) {
      const wait = level.find((step) => isSame(step, call))
      const queries = level.filter(({ component, startMs }) => component === 'db' && startMs >= (wait?.endMs ?? 0) - 1)
      const lastMs = Math.max(0, ...queries.map(({ endMs }) => endMs))
      if (wait === undefined || queries.length < 2 || lastMs <= wait.endMs) continue
      const others = level.filter(
        ({ component, startMs, endMs }) =>
          component !== 'db' && component !== 'pool' && startMs >= wait.endMs - 1 && endMs <= lastMs + 1,
      )
      shares.push(others.reduce((sum, { durationMs }) => sum + durationMs, 0) / (lastMs - wait.endMs))
      for (const other of others) names.add(nameOf(other))
    }
  }
  const share = medianOf(shares)
  return shares.length >= MIN_TRACES && share >= FOREIGN_SHARE && names.size > 0
    ? { share: Math.min(1, share), names: [...names].slice(0, 3) }
    : null
}

function placeOf(window: MetricsWindow, captures: Captures, { felt, call }: Wait): SourceLocation | null {
  const traces = tracesOf(window, captures, felt.operation)
  const own = placesOf(captures, { child: call, caller: call.caller, traces })[0]
  if (own !== undefined || call.caller === felt.operation) return own ?? null
  // a socket's wait is part of a request that the route made
  const around = callsOf(window, felt.operation).find((each) => each.view === call.caller)
  return around === undefined ? null : (placesOf(captures, { child: around, caller: around.caller, traces })[0] ?? null)
}

function ownerOf(window: MetricsWindow, { component, operation }: PoolHolder): OperationView | null {
  return component === null || operation === null ? null : findOperation(window, { component, operation })
}

function holdersText(holders: readonly PoolHolder[]): string {
  return holders
    .slice(0, 3)
    .map(({ component, operation, location, held }) => {
      const who =
        component === null || operation === null ? 'something unmeasured' : operationLabel({ component, operation })
      return `${formatCount(held)} by ${who}${from(location)}`
    })
    .join('; ')
}
