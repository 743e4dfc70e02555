// True when the share of failures (never 4xx, never aborted) is above `errorRatePercent`: at least 20 runs with an outcome and 5
// failures. Routes whose failures come from the same failing call are one finding about that call. Impact: the share of requests that
// failed, at least medium where a route that people use fails. Predicted: the rate without the failures that the call, or the most
// frequent error, explains.
import type { Captures } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import type { ErrorRecord } from '../../types/traces.js'
import { formatCount, formatPercent, operationLabel, printable } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { findOperation, type NamedOperation } from '../calls.js'
import { type Failures, failuresOf, onset } from '../failures.js'
import { severityOf, traffic } from '../impact.js'
import { isSteady } from '../steady.js'
import { definitionOf, placesOf, placeText } from '../wording.js'

const MAX_FINDINGS = 10 // ranked by impact
const SHOWN = 5 // operations by name
const EXPLAINED_SHARE = 0.5 // of a caller's failures: the call fails about as often as its caller does
const COPED_IMPACT = 0.05 // the route copes with the failing call: nobody sees it, but the fallback is all there is
const MIN_USED_SHARE = 0.02 // of the requests: a route that people use; a failure is felt whatever its duration
const MAX_EXAMPLES = 3 // kept requests by id
const MAX_DEPTH = 8 // as deep as calls are followed
const CONFIDENCE = 0.7 // that the call's failure is why its caller failed is by numbers, not by trace

interface Failing {
  readonly operation: OperationView
  readonly failures: Failures
  /** The innermost call that fails as often; `null` when it is the operation itself. */
  readonly cause: OperationView | null
}

export function highErrorRate(): OptimizerRule {
  return { name: 'high-error-rate', evaluate }
}

function* evaluate({ window, thresholds, captures }: RuleContext): Generator<void, Finding[]> {
  const thresholdPercent = thresholds.errorRatePercent
  const all = traffic(window)
  const failing: Failing[] = []
  // all that fails below a failing operation is part of its story
  const named = new Set<OperationView>(all.operations)
  for (const operation of all.operations) {
    yield
    const failures = failuresOf(operation, thresholdPercent)
    if (failures !== null && stillFails(window, operation)) {
      failing.push({ operation, failures, cause: causeOf(window, { operation, failures, named }) })
    }
  }
  // ranked before they are written: texts for hundreds that nobody gets to see would take long
  const findings = grouped(failing)
    .map((group) => ({ group, failedCount: group.reduce((sum, { failures }) => sum + failures.count, 0) }))
    .sort((a, b) => b.failedCount - a.failedCount)
    .slice(0, MAX_FINDINGS)
    .map((of) => findingOf(window, captures, { ...of, requests: all.count, thresholdPercent }))
  for (const operation of window.operations) {
    if (findings.length >= MAX_FINDINGS) break
    yield
    if (operation.failedCount === 0 || named.has(operation) || isPart(operation)) continue
    const failures = failuresOf(operation, thresholdPercent)
    if (failures !== null && stillFails(window, operation)) {
      findings.push(copedWith(window, captures, { failing: { operation, failures, cause: null }, thresholdPercent }))
    }
  }
  return findings
}

/** A handler that fails and a connection that fails show as their route and their request. */
function isPart({ component }: OperationView): boolean {
  return component === 'handler' || component === 'connect'
}

function stillFails(window: MetricsWindow, operation: OperationView): boolean {
  const began = onset(window, operation)
  return isSteadyFailure(window, operation) && (began === null || !began.isOver)
}

/** In start-up a service may not answer yet: failures must go on after it. */
function isSteadyFailure(window: MetricsWindow, operation: OperationView): boolean {
  return onset(window, operation) !== null || isSteady(window, operation)
}

function causeOf(
  window: MetricsWindow,
  { operation, failures, named }: { operation: OperationView; failures: Failures; named: Set<OperationView> },
): OperationView | null {
  let cause: OperationView | null = null
  let caller = operation
  let expected = failures.count
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    let best: { view: OperationView; failed: number } | null = null
    for (const child of caller.children) {
      const view = findOperation(window, child)
      if (view === null || view === caller || view.count === 0) continue
      named.add(view)
      // of a call that several make, the part that this caller made
      const failed = view.failedCount * Math.min(1, child.calls / view.count)
      if (failed > (best?.failed ?? 0)) best = { view, failed }
    }
    if (best === null || best.failed < EXPLAINED_SHARE * expected) break
    caller = best.view
    expected = Math.min(expected, best.failed)
    // a handler is its route; what it calls may be the cause
    if (caller.component !== 'handler') cause = caller
  }
  return cause
}

function grouped(failing: readonly Failing[]): Failing[][] {
  const groups = new Map<OperationView, Failing[]>()
  for (const item of failing) {
    const key = item.cause ?? item.operation
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()].map((group) => group.sort((a, b) => b.failures.count - a.failures.count))
}

function findingOf(
  window: MetricsWindow,
  captures: Captures,
  of: { group: readonly Failing[]; failedCount: number; requests: number; thresholdPercent: number },
): Finding {
  const { group, failedCount, requests, thresholdPercent } = of
  const [first] = group as [Failing, ...Failing[]]
  const { cause, failures } = first
  const impactScore = requests === 0 ? 0 : Math.min(1, failedCount / requests)
  const isUsed = group.some(({ operation }) => operation.count >= MIN_USED_SHARE * requests)
  const byShare = severityOf(impactScore)
  const severity = byShare === 'low' && isUsed ? 'medium' : byShare
  const errors = errorsOf(captures, first)
  const [most] = errors
  const isShared = group.length > 1 && cause !== null
  const about: NamedOperation = isShared ? cause : first.operation
  const sentences = group.slice(0, SHOWN).map((item) => sentenceOf(window, item))
  if (group.length > SHOWN) sentences.push(`So do ${group.length - SHOWN} more.`)
  if (cause !== null) {
    sentences.push(
      `The failures go with those of ${operationLabel(cause)}: ${formatCount(cause.failedCount)} of ${formatCount(cause.count)} of its calls failed.`,
    )
  }
  sentences.push(...errorSentences(captures, first, errors))
  const evidence: Evidence[] = [
    { metric: 'errorRatePercent', value: failures.ratePercent, unit: '%', threshold: thresholdPercent },
    { metric: 'failedCount', value: failures.count, unit: 'failures' },
    ...[...failures.byStatus].map(([status, count]) => ({
      metric: `statusCode.${status}`,
      value: count,
      unit: 'failures',
    })),
  ]
  if (cause !== null)
    evidence.push({ metric: `failures of ${operationLabel(cause)}`, value: cause.failedCount, unit: 'failures' })
  return {
    bottleneck: {
      type: 'high-error-rate',
      severity,
      title: isShared
        ? `${operationLabel(cause)} fails, and ${group.length} operations with it`
        : `${operationLabel(first.operation)} fails in ${formatPercent(failures.ratePercent)} of its runs`,
      description: sentences.join(' '),
      component: about.component,
      operation: about.operation,
      impactScore,
      evidence,
      location: placeOf(captures, first, errors),
    },
    recommendations: [
      {
        ...(cause === null ? ownFailure(window, first, most) : failingCall(first, cause)),
        priority: severity,
        estimatedImpact:
          cause !== null
            ? predictedWithout(first, cause.failedCount, impactScore)
            : most === undefined
              ? null
              : predictedWithout(first, most.count, impactScore),
      },
    ],
  }
}

type Advice = Pick<Finding['recommendations'][number], 'type' | 'title' | 'description' | 'implementationEffort'>

function failingCall({ operation, failures }: Failing, cause: OperationView): Advice {
  const call = operationLabel(cause)
  return {
    type: 'architectural-change',
    title: `Let ${operationLabel(operation)} survive a failure of ${call}`,
    description: `${formatCount(cause.failedCount)} of ${formatCount(cause.count)} calls of ${call} failed, and ${formatCount(failures.count)} runs of ${operationLabel(operation)} with them. Repair ${call} first; a fallback or an answer without it keeps the operation working while it fails.`,
    implementationEffort: 'medium',
  }
}

function ownFailure(window: MetricsWindow, { operation, failures }: Failing, most: ErrorRecord | undefined): Advice {
  const began = onset(window, operation)?.beganAt ?? null
  const since = began === null ? '' : ` It began at ${new Date(began).toISOString()}: look at what changed then.`
  const gateway = [...failures.byStatus.keys()].every((status) => status >= 502 && status <= 504)
  const unavailable = failures.byStatus.size > 0 && gateway
  return {
    type: unavailable ? 'configuration-tuning' : 'algorithm-optimization',
    title: `Find why ${operationLabel(operation)} ${statuses(failures) === '' ? 'fails' : `answers ${statuses(failures)}`}`,
    description: `${most === undefined ? '' : `Most often it is ${errorText(most)}. `}No call that was measured fails as often, so the failure is in its own code${unavailable ? ', or it answers on purpose that it is not available (limits, pools, time-outs)' : ''}.${since}`,
    implementationEffort: 'medium',
  }
}

function predictedWithout(
  { operation, failures }: Failing,
  explainedCount: number,
  impactScore: number,
): Finding['recommendations'][number]['estimatedImpact'] {
  const explained = Math.min(failures.count, explainedCount)
  const predicted = failures.ratePercent * (1 - explained / failures.count)
  return {
    score: impactScore * (explained / failures.count),
    metric: 'errorRatePercent',
    current: failures.ratePercent,
    predicted,
    confidence: operation.selfMs === null ? 0 : CONFIDENCE,
  }
}

function sentenceOf(window: MetricsWindow, { operation, failures }: Failing): string {
  const codes = statuses(failures)
  const began = onset(window, operation)?.beganAt ?? null
  return (
    `${formatPercent(failures.ratePercent)} of ${operationLabel(operation)} failed (${formatCount(failures.count)} of ${formatCount(failures.ended)}` +
    `${codes === '' ? '' : `: ${codes}`})${began === null ? '' : `, since ${new Date(began).toISOString()}`}.`
  )
}

function statuses(failures: Failures): string {
  return [...failures.byStatus]
    .sort((a, b) => b[1] - a[1])
    .map(([status, count]) => `${status} (${formatCount(count)} times)`)
    .join(', ')
}

/** Of the failing call where there is one: what it threw is the reason, what its caller made of it is not. */
function errorsOf(captures: Captures, { operation, cause }: Failing): readonly ErrorRecord[] {
  const named = ({ component, operation: name }: OperationView) => captures.errors({ component, operation: name })
  const ofCause = cause === null ? [] : named(cause)
  return ofCause.length > 0 ? ofCause : named(operation)
}

function placeOf(
  captures: Captures,
  { operation, cause }: Failing,
  errors: readonly ErrorRecord[],
): SourceLocation | null {
  const thrown = errors.find(({ location }) => location !== null)?.location ?? null
  if (thrown !== null) return thrown
  if (cause !== null) return placesOf(captures, { child: cause, caller: operation })[0] ?? null
  return definitionOf(captures, operation)
}

function errorSentences(captures: Captures, { operation }: Failing, errors: readonly ErrorRecord[]): string[] {
  const [most, ...more] = errors
  if (most === undefined) return []
  const sentences = [`Most often it is ${errorText(most)} (${formatCount(most.count)} times).`]
  if (more.length > 0) sentences.push(`Also: ${more.slice(0, 2).map(errorText).join('; ')}.`)
  const examples = captures
    .traces({ component: operation.component, operation: operation.operation })
    .filter(({ reason, outcome }) => reason === 'failed' || outcome === 'failure')
    .slice(0, MAX_EXAMPLES)
    .map(({ id }) => id)
  if (examples.length > 0) sentences.push(`Kept requests: ${examples.join(', ')}.`)
  return sentences
}

function errorText({ class: name, message, location }: ErrorRecord): string {
  return `${printable(name)}${message === '' ? '' : `: ${printable(message)}`}${location === null ? '' : ` at ${placeText(location)}`}`
}

/** A call that fails although no operation around it does. */
function copedWith(
  window: MetricsWindow,
  captures: Captures,
  { failing, thresholdPercent }: { failing: Failing; thresholdPercent: number },
): Finding {
  const { operation, failures } = failing
  const errors = errorsOf(captures, failing)
  const label = operationLabel(operation)
  return {
    bottleneck: {
      type: 'high-error-rate',
      severity: 'low',
      title: `${label} fails in ${formatPercent(failures.ratePercent)} of its calls, unseen by users`,
      description:
        `${sentenceOf(window, failing)} No operation around it fails as often: they cope, or it runs beside them. ${errorSentences(captures, failing, errors).join(' ')}`.trimEnd(),
      component: operation.component,
      operation: operation.operation,
      impactScore: COPED_IMPACT * (failures.ratePercent / 100),
      evidence: [
        { metric: 'errorRatePercent', value: failures.ratePercent, unit: '%', threshold: thresholdPercent },
        { metric: 'failedCount', value: failures.count, unit: 'failures' },
      ],
      location: placeOf(captures, failing, errors),
    },
    recommendations: [
      {
        type: 'architectural-change',
        title: `Check that doing without ${label} is meant`,
        description: `${formatCount(failures.count)} of ${formatCount(failures.ended)} calls failed, and what calls it went on without the result.`,
        priority: 'low',
        implementationEffort: 'low',
        estimatedImpact: null,
      },
    ],
  }
}
