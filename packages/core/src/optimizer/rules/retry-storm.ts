// True when a route makes the same call 1.5 times a run or more, a fifth of the calls or more fail, and the failures account for the
// repetition: what is called again is what failed. Model: only the first attempt remains (a breaker, or an answer without it); the
// time from its end to the end of the last attempt goes away, pauses between attempts included.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import type { Trace } from '../../types/traces.js'
import { formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { type Call, callsOf, failureShareOf, isOwnCall, meanMsOf } from '../flow.js'
import { type Felt, feltRoutes, gainOf, isSymptomOf, requestShareOf, weightOf } from '../gain.js'
import { impactOf, severityOf, traffic, waitedFor } from '../impact.js'
import { isSame, levels, MIN_TRACES, medianOf, type Step, stepsOf, tracesOf } from '../steps.js'
import { from, nameOf, perRun, placesOf, times, wouldFall } from '../wording.js'

const MIN_ATTEMPTS = 1.5 // per run: every second run asks again
const MIN_FAILURE_SHARE = 0.2 // of the calls: one lost packet in a hundred is what retries are for
const MIN_FAILED_CALLS = 10
const UNEXPLAINED = 0.4 // calls per run beyond the first that no failure explains: then it is a loop that also fails
const RETRIED_SHARE = 0.3 // of the kept requests with the call show it again after a failure
const MIN_SAVED_MS = 20 // of p95: below it the load on the service is the only harm, and a remark is enough
const MIN_LOADED_SHARE = 0.05 // of the requests: so many multiply the load, whatever else the app waits for
const MAX_FINDINGS = 10
const CONFIDENCE = 0.6
const CONFIDENCE_UNTRACED = 0.4

interface Storm {
  readonly felt: Felt
  readonly call: Call
  readonly failureShare: number
  readonly savedShare: number
  readonly isTraced: boolean
  readonly location: SourceLocation | null
}

export function retryStorm(): OptimizerRule {
  return { name: 'retry-storm', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    const storm = stormOf(window, captures, felt)
    if (storm !== null) findings.push(findingOf(window, storm))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function stormOf(window: MetricsWindow, captures: Captures, felt: Felt): Storm | null {
  for (const call of callsOf(window, felt.operation)) {
    if (!isOwnCall(call) || call.callsPerCaller < MIN_ATTEMPTS) continue
    const failureShare = failureShareOf(call)
    const failed = call.view?.failedCount ?? 0
    if (failed < MIN_FAILED_CALLS) continue
    const traces = tracesOf(window, captures, felt.operation)
    const traced = tracedSaving(traces, call)
    // kept requests prove that this route asks again; then all failures may be its own, whoever else makes the call and succeeds
    const own = call.callsPerCaller * call.caller.count
    if ((traced === null ? failureShare : failed / own) < MIN_FAILURE_SHARE) continue
    if (traced !== null && traced.retriedShare < RETRIED_SHARE) continue
    // failures are known by call, whoever makes it: others may make the same one and succeed
    const isExplained = call.callsPerCaller - 1 <= call.callsPerCaller * failureShare + UNEXPLAINED
    if (traced === null && !isExplained) continue
    const share = Math.min(1, call.msPerRun / meanMsOf(felt.operation))
    return {
      felt,
      call,
      failureShare,
      savedShare: traced?.savedShare ?? share * (1 - 1 / call.callsPerCaller),
      isTraced: traced !== null,
      location: placesOf(captures, { child: call, caller: call.caller, traces })[0] ?? null,
    }
  }
  return null
}

function tracedSaving(traces: readonly Trace[], call: Call): { retriedShare: number; savedShare: number } | null {
  const saved: number[] = []
  let retried = 0
  for (const trace of traces) {
    let best: readonly Step[] = []
    for (const level of levels(stepsOf(trace))) {
      const own = level.filter((step) => isSame(step, call))
      if (own.length > best.length) best = own
    }
    const [first] = best
    if (first === undefined || trace.durationMs <= 0) continue
    const again = best.filter(
      (step, i) => i > 0 && !(best[i - 1] as Step).success && step.startMs >= (best[i - 1] as Step).endMs,
    )
    if (again.length > 0) retried++
    const lastMs = Math.max(first.endMs, ...again.map(({ endMs }) => endMs))
    saved.push((lastMs - first.endMs) / trace.durationMs)
  }
  if (saved.length < MIN_TRACES) return null
  // where just under half of them ask again, the median knows of nothing to save
  const meanShare = saved.reduce((sum, share) => sum + share, 0) / saved.length
  return { retriedShare: retried / saved.length, savedShare: Math.max(medianOf(saved), meanShare) }
}

function findingOf(window: MetricsWindow, storm: Storm): Finding {
  const { felt, call, failureShare, savedShare, location } = storm
  const { operation } = felt
  const saving = weightOf(window, [{ felt, savedShare }])
  // not only what is waited for: every request of the route doubles the load on a service that is down already
  const load = severityOf(impactOf(traffic(window), { count: operation.count, waitedMs: waitedFor(operation) }))
  const isFelt = savedShare * felt.p95Ms >= MIN_SAVED_MS
  const isLoad = load !== 'low' || requestShareOf(traffic(window), operation) >= MIN_LOADED_SHARE
  const severity = saving.severity === 'low' && isFelt && isLoad ? 'medium' : saving.severity
  const { impactScore } = saving
  const failed = formatPercent(failureShare * 100)
  const predictedMs = felt.p95Ms * (1 - savedShare)
  return {
    bottleneck: {
      type: 'retry-storm',
      severity,
      title: `${operationLabel(operation)} calls ${nameOf(call)} ${times(call.callsPerCaller)} times per ${perRun(operation)}, because it fails`,
      description:
        `${nameOf(operation)} calls ${nameOf(call)} ${times(call.callsPerCaller)} times per ${perRun(operation)}${from(location)}, one attempt after another: ${failed} of the calls fail, ${formatMs(call.meanMs)} each. ` +
        `Attempts take ${formatPercent(Math.min(1, call.msPerRun / meanMsOf(operation)) * 100)} of its time (p95 ${formatMs(felt.p95Ms)}), and multiply the load on what is in trouble already.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
        { metric: 'attemptsPerRun', value: call.callsPerCaller, unit: 'calls', threshold: MIN_ATTEMPTS },
        { metric: `failures of ${operationLabel(call)}`, value: failureShare * 100, unit: '%' },
        { metric: 'failedCalls', value: call.view?.failedCount ?? 0, unit: 'calls' },
        { metric: 'mean per call', value: call.meanMs, unit: 'ms' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'architectural-change',
        title: `Stop asking ${nameOf(call)} again while it fails`,
        description:
          `Bound the attempts${from(location)}: one retry with a pause that grows and varies, and a circuit breaker that answers at once (with a fallback or an error) while most calls fail, ${failed} now. ` +
          `With the first attempt alone ${wouldFall(felt, predictedMs)}, and the service gets ${formatPercent((1 - 1 / call.callsPerCaller) * 100)} fewer calls.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: gainOf(window, {
          felt,
          savedShare,
          impactScore,
          confidence: storm.isTraced ? CONFIDENCE : CONFIDENCE_UNTRACED,
        }),
      },
    ],
    explains: (other) => {
      const { component, operation: name, type } = other.bottleneck
      if (component === call.component && name === call.operation) return true
      if (type === 'high-error-rate' && name === operation.operation && component === operation.component) return true
      return isSymptomOf([operation], other, [
        'slow-dependency',
        'database-slowness',
        'n-plus-one',
        'sequential-awaits',
      ])
    },
  }
}
