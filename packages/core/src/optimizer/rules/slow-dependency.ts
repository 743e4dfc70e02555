// True when one outbound call (or another measured call that waits) takes 60 % of a route's time and at least 150 ms at p95, in most
// of its runs, and neither its number nor the busy loop is the reason. Model (Amdahl): p95 without the share of the call, that is
// with an answer that is at hand already.
import type { Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import {
  type DominantCall,
  type Dominated,
  dominanceFinding,
  dominantCalls,
  explainsRoutes,
  savedShareOf,
} from '../dominant.js'
import type { Call } from '../flow.js'
import { gainOf } from '../gain.js'
import { isRequestTo, losesConnects } from '../hosts.js'
import { from, nameOf, readsOnly, wouldFall } from '../wording.js'
import { written } from '../written.js'
import { isProvenRepeat } from './cacheable-repeat.js'

const MIN_P95_MS = 150 // a service on another host answers within some 100 ms; who calls it has accepted that
const MIN_P50_MS = 100
const CONNECT_SHARE = 0.5 // of the time of the requests to a host, and of the requests
const MAX_FINDINGS = 10
const CONFIDENCE = 0.5 // how often an answer is at hand already is not in these figures

export function slowDependency(): OptimizerRule {
  return { name: 'slow-dependency', evaluate }
}

function* evaluate({ window, captures, thresholds }: RuleContext): Generator<void, Finding[]> {
  const found = yield* dominantCalls({
    window,
    captures,
    accepts: (call) => call.component !== 'db' && call.component !== 'http' && !mostlyConnects(window, call),
    minP95Ms: MIN_P95_MS,
    minP50Ms: MIN_P50_MS,
    cpuThresholdPercent: thresholds.cpuUsagePercent,
  })
  return yield* written(found, (of) => findingOf(window, of), MAX_FINDINGS)
}

/**
 * The time that opening connections takes is the network's, and the agent's who opens them. Where first packets are lost to a full
 * accept queue, whoever got in waits in it as well, and that looks like waiting for the answer.
 */
function mostlyConnects(window: MetricsWindow, { component, operation, view }: Call): boolean {
  if (component !== 'http-client' || view === null) return false
  const hosts = window.operations.filter(
    (host) => host.component === 'connect' && isRequestTo({ component, operation }, host.operation),
  )
  const connectMs = hosts.reduce((ms, { totalMs }) => ms + totalMs, 0)
  const isChurn = hosts.reduce((sum, { count }) => sum + count, 0) >= CONNECT_SHARE * view.count
  return connectMs >= CONNECT_SHARE * view.totalMs || (isChurn && hosts.some(losesConnects))
}

function findingOf(window: MetricsWindow, of: DominantCall): Finding {
  const { call, routes } = of
  const [first] = routes as [Dominated, ...Dominated[]]
  const { felt, location } = first
  const savedShare = savedShareOf(first, 0)
  const predictedMs = felt.p95Ms * (1 - savedShare)
  const bottleneck = dominanceFinding(window, of, {
    type: 'slow-dependency',
    subject: call.component === 'http-client' ? 'The service behind' : 'The call',
    note: '',
    savedShare: (each) => savedShareOf(each, 0),
  })
  const caches = readsOnly(call) !== false
  const route = operationLabel(felt.operation)
  return {
    bottleneck,
    recommendations: [
      {
        type: caches ? 'caching-strategy' : 'architectural-change',
        title: caches
          ? `Keep answers of ${nameOf(call)} for a while`
          : `Take ${nameOf(call)} out of the way of ${route}`,
        description:
          `${nameOf(call)} takes ${formatMs(call.meanMs)} a call and ${formatPercent(first.share * 100)} of the time of ${route}${from(location)}; it was called ${formatCount(call.view?.count ?? 0)} times in ${formatMs(window.durationMs)}. ` +
          (caches
            ? `Answer from a cache and refresh it beside the request, or give the call a time-out and a fallback; with the answer at hand, ${wouldFall(felt, predictedMs)}.`
            : `Answer before it is done (a queue), or give it a time-out that your users can bear; without it in the way, ${wouldFall(felt, predictedMs)}.`),
        priority: bottleneck.severity,
        implementationEffort: caches ? 'medium' : 'high',
        estimatedImpact: gainOf(window, {
          felt,
          savedShare,
          impactScore: bottleneck.impactScore,
          confidence: CONFIDENCE,
        }),
      },
    ],
    explains: (other) => explainsRoutes(of, other) && !isProvenRepeat(other),
  }
}
