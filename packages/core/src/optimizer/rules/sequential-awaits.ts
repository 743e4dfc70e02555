// True when kept requests make at least two different calls one after another, none of them a write, in the same order every time,
// and overlapping them would save 25 % of the time and 40 ms. Model: the calls then take as long as the longest of them; p95 is
// scaled by what that saves. That they do not need each other's results cannot be seen from outside: the confidence says so.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { longestMs, quantileOf } from '../../types/reading.js'
import type { Trace } from '../../types/traces.js'
import { formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { isOwnCall, MANY_CALLS } from '../flow.js'
import { type Felt, feltRoutes, gainOf, isSymptomOf, weightOf } from '../gain.js'
import { levels, MIN_TRACES, medianOf, type Step, stepsOf, sumMs, tracesOf } from '../steps.js'
import { definitionOf, from, nameOf, perRun, placesOf, placeText, readsOnly, wouldFall } from '../wording.js'

const MIN_SAVED_SHARE = 0.25
const MIN_SAVED_MS = 40 // a first look-up that decides about the rest takes less, and is needed before it
const MIN_STEP_SHARE = 0.05 // of the request: shorter calls are not worth overlapping
const MIN_STEP_MS = 5
const MAX_GAP_MS = 10 // between two of them: a turn of the loop and a little work on the answer
const MAX_GAP_SHARE = 0.08 // of the request
const OVERLAP_SHARE = 0.1 // of the shorter one: ends and starts are read a little late
const STABLE_SHARE = 0.75 // of the kept requests have the same calls in the same order
const MAX_FINDINGS = 10
const CONFIDENCE_OF_TWO = 0.4 // two calls may well need each other
const CONFIDENCE_OF_MORE = 0.6

interface Chain {
  readonly steps: readonly Step[]
  readonly savedMs: number
}

interface Pattern {
  readonly felt: Felt
  readonly steps: readonly Step[]
  readonly places: readonly (SourceLocation | null)[]
  /** Medians over the requests, per step. */
  readonly stepMs: readonly number[]
  readonly savedShare: number
}

export function sequentialAwaits(): OptimizerRule {
  return { name: 'sequential-awaits', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    if (longestMs(felt.operation) < MIN_SAVED_MS) continue
    const pattern = patternOf(window, captures, felt)
    if (pattern !== null) findings.push(findingOf(window, captures, pattern))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function patternOf(window: MetricsWindow, captures: Captures, felt: Felt): Pattern | null {
  const traces = tracesOf(window, captures, felt.operation)
  if (traces.length < MIN_TRACES) return null
  const byOrder = new Map<string, { trace: Trace; chain: Chain }[]>()
  for (const trace of traces) {
    const chain = chainOf(trace, readsOnly(felt.operation) !== false)
    if (chain === null) continue
    const key = JSON.stringify(chain.steps.map(({ component, operation }) => [component, operation]))
    const group = byOrder.get(key)
    if (group === undefined) byOrder.set(key, [{ trace, chain }])
    else group.push({ trace, chain })
  }
  const same = [...byOrder.values()].sort((a, b) => b.length - a.length)[0]
  if (same === undefined || same.length < Math.max(MIN_TRACES, STABLE_SHARE * traces.length)) return null
  const steps = (same[0] as { chain: Chain }).chain.steps
  if (!areFew(steps)) return null
  const places = stepPlaces(window, captures, felt, { steps, traces })
  const stepMs = steps.map((_, i) => medianOf(same.map(({ chain }) => (chain.steps[i] as Step).durationMs)))
  const savedShare = medianOf(same.map(({ chain, trace }) => chain.savedMs / trace.durationMs))
  // of the quicker ones: calls that wait for the event loop or the machine take longer for that, not for their order
  const quickSavedMs =
    quantileOf(
      same.map(({ chain }) => chain.savedMs),
      0.25,
    ) ?? 0
  if (savedShare < MIN_SAVED_SHARE || quickSavedMs < MIN_SAVED_MS) return null
  return { felt, steps, places, stepMs, savedShare }
}

/** The calls one after another that would save the most together. */
function chainOf(trace: Trace, isRead: boolean): Chain | null {
  const gapMs = Math.max(MAX_GAP_MS, MAX_GAP_SHARE * trace.durationMs)
  const leastMs = Math.max(MIN_STEP_MS, MIN_STEP_SHARE * trace.durationMs)
  let best: Chain | null = null
  for (const level of levels(stepsOf(trace))) {
    const sorted = level
      .filter((step) => isOwnCall(step) && (step.durationMs >= leastMs || mayNotMove(step, isRead)))
      .sort((a, b) => a.startMs - b.startMs)
    let chain: Step[] = []
    const close = () => {
      const savedMs = sumMs(chain) - Math.max(0, ...chain.map(({ durationMs }) => durationMs))
      if (chain.length >= 2 && savedMs > (best?.savedMs ?? 0)) best = { steps: chain, savedMs }
      chain = []
    }
    for (const step of sorted) {
      if (mayNotMove(step, isRead)) {
        close()
        continue
      }
      const before = chain.at(-1)
      if (before !== undefined && !follows(step, before, gapMs)) close()
      chain.push(step)
    }
    close()
  }
  return best
}

/** What writes has its place in the order; in a request that writes, so may have what does not say that it only reads. */
function mayNotMove(step: Step, isRead: boolean): boolean {
  const reads = readsOnly(step)
  return reads === false || (reads === null && !isRead) || !step.success
}

function follows(step: Step, before: Step, gapMs: number): boolean {
  const gap = step.startMs - before.endMs
  return gap <= gapMs && -gap <= OVERLAP_SHARE * Math.min(step.durationMs, before.durationMs)
}

function stepPlaces(
  window: MetricsWindow,
  captures: Captures,
  { operation }: Felt,
  of: { steps: readonly Step[]; traces: readonly Trace[] },
): (SourceLocation | null)[] {
  const used = new Map<string, number>()
  return of.steps.map((step) => {
    if (step.site !== null) return step.site
    const caller = window.operations.find((view) => calls(view, step) && view === operation) ?? operation
    const places = placesOf(captures, { child: step, caller, traces: of.traces })
    const name = `${step.component} ${step.operation}`
    const n = used.get(name) ?? 0
    used.set(name, n + 1)
    return places[Math.min(n, places.length - 1)] ?? null
  })
}

function calls(view: { children: readonly { component: string; operation: string }[] }, step: Step): boolean {
  return view.children.some((child) => child.component === step.component && child.operation === step.operation)
}

/** The same call many times is a loop; a few of them in every request can start together as well as different ones. */
function areFew(steps: readonly Step[]): boolean {
  const names = new Set(steps.map(({ component, operation }) => `${component} ${operation}`))
  return steps.length < MANY_CALLS * names.size
}

/** That of the second: between the first and the last. Where all go through one helper, where the route begins. */
function placeOf(captures: Captures, { felt, places }: Pattern): SourceLocation | null {
  const known = places.filter((place) => place !== null)
  const lines = new Set(known.map((place) => `${placeText(place)}:${place.column}`))
  const isHelper = lines.size === 1 && known.length > 1
  return (isHelper ? definitionOf(captures, felt.operation) : null) ?? places[1] ?? places[0] ?? null
}

function findingOf(window: MetricsWindow, captures: Captures, pattern: Pattern): Finding {
  const { felt, steps, stepMs, savedShare } = pattern
  const { operation } = felt
  const { impactScore, severity } = weightOf(window, [{ felt, savedShare }])
  const predictedMs = felt.p95Ms * (1 - savedShare)
  const location = placeOf(captures, pattern)
  const list = steps.map((step, i) => `${nameOf(step)} (${formatMs(stepMs[i] ?? step.durationMs)})`)
  const sum = stepMs.reduce((ms, each) => ms + each, 0)
  const longest = Math.max(...stepMs)
  return {
    bottleneck: {
      type: 'sequential-awaits',
      severity,
      title: `${operationLabel(operation)} waits for ${steps.length} calls one after another`,
      description:
        `Each ${perRun(operation)} of ${nameOf(operation)} makes these calls one after another, always in this order and without overlap${from(location)}: ${list.join(', then ')}. ` +
        `Together they take ${formatMs(sum)}; at the same time they would take ${formatMs(longest)}, if they do not need each other's results.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
        { metric: 'sequentialCalls', value: steps.length, unit: 'calls' },
        { metric: 'savedMs', value: sum - longest, unit: 'ms' },
        { metric: 'savedShare', value: savedShare * 100, unit: '%' },
        ...steps.slice(0, 5).map((step, i) => ({
          metric: `ms of ${operationLabel(step)}`,
          value: stepMs[i] ?? step.durationMs,
          unit: 'ms',
        })),
      ],
      location,
    },
    recommendations: [
      {
        type: 'concurrency-improvement',
        title: `Start the ${steps.length} calls of ${operationLabel(operation)} together`,
        description:
          `If they do not need each other's results, await ${list.join(', ')} with one \`Promise.all\`${from(location)}: ` +
          `${formatPercent(savedShare * 100)} of the time goes away, and ${wouldFall(felt, predictedMs)}.`,
        priority: severity,
        implementationEffort: 'low',
        estimatedImpact: gainOf(window, {
          felt,
          savedShare,
          impactScore,
          confidence: steps.length > 2 ? CONFIDENCE_OF_MORE : CONFIDENCE_OF_TWO,
        }),
      },
    ],
    explains: (other) => isSymptomOf([operation], other, ['slow-dependency', 'database-slowness']),
  }
}
