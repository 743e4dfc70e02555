// True when at least half of the requests to a host (or of a route's queries) open a connection of their own, and often enough that a
// kept one would still be open. Model: the mean time of connecting, as often as a run connects, goes away; p95 is scaled by its share.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { formatCount, formatMs, formatPercent, operationLabel, printable } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { type Call, callsOf, isDatabaseConnect, isOwnCall, meanMsOf } from '../flow.js'
import { Felt, gainOf, isSymptomOf, requestShareOf, weightOf } from '../gain.js'
import { isRequestTo } from '../hosts.js'
import { traffic } from '../impact.js'
import { isSteady } from '../steady.js'
import { tracesOf } from '../steps.js'
import { from, nameOf, perRun, placesOf, times, wouldFall } from '../wording.js'
import { written } from '../written.js'

const MIN_CHURN_SHARE = 0.5 // connections per request: an agent that keeps them alive opens one for many
const MIN_REQUESTS = 30
const MIN_PER_SECOND = 0.5 // Node keeps an idle connection for 5 s, servers often no longer: rarer requests cannot share one
const MIN_CONNECTS_PER_RUN = 0.5
const FELT_REQUEST_SHARE = 0.05 // of all requests: a route that everybody meets; each connection also leaves its port unusable for a minute
const MAX_FINDINGS = 10
const MAX_HOSTS = 50 // looked at, each with a pass over all operations
const CONFIDENCE = 0.6 // what TLS adds to connecting is not in the figures

interface Churn {
  readonly felt: Felt
  /** What is called over the connections. */
  readonly call: Call
  /** `host:port`, or the driver. */
  readonly target: string
  readonly isDatabase: boolean
  readonly connects: number
  readonly requests: number
  readonly connectMs: number
  readonly connectsPerRun: number
  readonly location: SourceLocation | null
}

export function connectionChurn(): OptimizerRule {
  return { name: 'connection-churn', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const found: Churn[] = []
  let hosts = 0
  for (const host of window.operations) {
    yield
    if (hosts >= MAX_HOSTS) break
    if (host.component !== 'connect' || host.successfulCount < MIN_CHURN_SHARE * MIN_REQUESTS) continue
    hosts++
    const churn = yield* churnOf(window, captures, host)
    if (churn !== null) found.push(churn)
  }
  for (const operation of traffic(window).operations) {
    yield
    if (operation.count < MIN_REQUESTS) continue
    const churn = databaseChurn(window, captures, operation)
    if (churn !== null) found.push(churn)
  }
  return yield* written(found, (churn) => findingOf(window, churn), MAX_FINDINGS)
}

function* churnOf(window: MetricsWindow, captures: Captures, host: OperationView): Generator<void, Churn | null> {
  let requests = 0
  for (const operation of window.operations) {
    yield
    if (isRequestTo(operation, host.operation)) requests += operation.count
  }
  if (!isChurn(window, host.successfulCount, requests) || !isSteady(window, host)) return null
  let most: { route: OperationView; call: Call; calls: number } | null = null
  for (const route of traffic(window).operations) {
    yield
    if (route.count === 0 || route.children.length === 0) continue
    const call = callsOf(window, route).find((each) => isRequestTo(each, host.operation))
    const calls = call === undefined ? 0 : call.callsPerRun * route.count
    if (call !== undefined && calls > (most?.calls ?? 0)) most = { route, call, calls }
  }
  if (most === null) return null
  const { route, call } = most
  const share = Math.min(1, host.successfulCount / requests)
  return {
    felt: new Felt(route),
    call,
    target: printable(host.operation),
    isDatabase: false,
    connects: host.successfulCount,
    requests,
    connectMs: meanMsOf(host),
    connectsPerRun: call.callsPerRun * share,
    location:
      placesOf(captures, { child: call, caller: call.caller, traces: tracesOf(window, captures, route) })[0] ?? null,
  }
}

function databaseChurn(window: MetricsWindow, captures: Captures, route: OperationView): Churn | null {
  const calls = callsOf(window, route)
  const connect = calls.find((call) => isDatabaseConnect(call) && call.callsPerRun >= MIN_CONNECTS_PER_RUN)
  if (connect === undefined) return null
  const queries = calls.filter((call) => call.component === 'db' && isOwnCall(call))
  const [call] = queries
  const queriesPerRun = queries.reduce((sum, { callsPerRun }) => sum + callsPerRun, 0)
  const connects = connect.callsPerRun * route.count
  // one connection for a run of many queries is bad as well: what counts is that runs do not share it
  if (call === undefined || !isChurn(window, connects, route.count) || !isSteady(window, route)) return null
  const traces = tracesOf(window, captures, route)
  const places = [connect, call].flatMap((child) => placesOf(captures, { child, caller: child.caller, traces }))
  return {
    felt: new Felt(route),
    call,
    target: /^\(connect (.+)\)$/.exec(connect.operation)?.[1] ?? 'the database',
    isDatabase: true,
    connects,
    requests: queriesPerRun * route.count,
    connectMs: connect.meanMs,
    connectsPerRun: connect.callsPerRun,
    location: places[0] ?? null,
  }
}

function isChurn(window: MetricsWindow, connects: number, requests: number): boolean {
  if (requests < MIN_REQUESTS || connects < MIN_CHURN_SHARE * requests) return false
  return window.durationMs > 0 && requests / (window.durationMs / 1000) >= MIN_PER_SECOND
}

function findingOf(window: MetricsWindow, churn: Churn): Finding {
  const { felt, call, target, connects, requests, connectMs, connectsPerRun, location, isDatabase } = churn
  const { operation } = felt
  const savedShare = Math.min(1, (connectMs * connectsPerRun) / Math.max(meanMsOf(operation), Number.EPSILON))
  const { impactScore, severity: byTime } = weightOf(window, [{ felt, savedShare }])
  const isCommon = requestShareOf(traffic(window), operation) >= FELT_REQUEST_SHARE
  const severity = byTime === 'low' && isCommon ? 'medium' : byTime
  const predictedMs = felt.p95Ms * (1 - savedShare)
  const what = isDatabase ? 'queries' : 'requests'
  return {
    bottleneck: {
      type: 'connection-churn',
      severity,
      title:
        `${operationLabel(operation)} opens a new connection to ${target} for ${connectsPerRun >= 0.9 ? 'every' : 'most'} ${perRun(operation)}s`
          .replace('every requests', 'every request')
          .replace('every runs', 'every run'),
      description:
        `${formatCount(Math.round(connects))} connections were opened to ${target} for ${formatCount(Math.round(requests))} ${what}, by ${nameOf(operation)} and ${nameOf(call)}${from(location)}: ` +
        `${times(connectsPerRun)} per ${perRun(operation)}, ${formatMs(connectMs)} each${isDatabase ? '' : ' before TLS'}, ${formatPercent(savedShare * 100)} of its time. ` +
        'Every closed one also keeps its local port for a minute, and costs the other side the same again.',
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'connects', value: Math.round(connects), unit: 'connections' },
        { metric: isDatabase ? 'queries' : 'requests', value: Math.round(requests), unit: what },
        { metric: 'connectsPerRun', value: connectsPerRun, unit: 'connections', threshold: MIN_CONNECTS_PER_RUN },
        { metric: 'meanConnectMs', value: connectMs, unit: 'ms' },
        { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'configuration-tuning',
        title: isDatabase ? `Keep connections to ${target} in a pool` : `Keep connections to ${target} alive`,
        description: isDatabase
          ? `Make one pool at start-up and take connections from it, instead of a client per ${perRun(operation)}${from(location)}; ${wouldFall(felt, predictedMs)}.`
          : `Use one agent for all requests (\`new http.Agent({ keepAlive: true })\`, or \`fetch\` without \`connection: close\`)${from(location)}, and see that the other side keeps idle connections open; ${wouldFall(felt, predictedMs)}.`,
        priority: severity,
        implementationEffort: 'low',
        estimatedImpact: gainOf(window, { felt, savedShare, impactScore, confidence: CONFIDENCE }),
      },
    ],
    explains: (other) => savedShare > 0.5 && isSymptomOf([operation], other),
  }
}
