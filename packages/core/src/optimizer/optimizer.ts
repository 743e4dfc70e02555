// Runs the rules one after another on a window, gives the loop back between them, and keeps what outlasts a round: first and
// last sighting of each cause, and which rules were too slow.
import type { Clock } from '../clock.js'
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import { type Captures, NO_CAPTURES, type WantedCapture } from '../types/captures.js'
import type { AlertThresholds } from '../types/config.js'
import type {
  Finding,
  OptimizationRecommendation,
  OptimizerRule,
  PerformanceBottleneck,
  ResolvedFinding,
  RuleContext,
} from '../types/findings.js'
import { isSteps } from '../types/reading.js'
import { formatMs, printable } from '../types/units.js'
import type { MetricsWindow } from '../types/window.js'
import { Cases } from './cases.js'
import { byRank, checkedFinding, recommendationsOf, stableId } from './findings.js'
import { type NextTurn, Pace, processCpuMs } from './pace.js'
import { survey } from './survey.js'
import { withoutVictims } from './verdicts.js'

export interface OptimizerOptions {
  thresholds: AlertThresholds
  clock: Clock
  guard: Guard
  /** The rules to begin with; `optimizerRules()` of `rules.ts` has those of the package. */
  rules?: OptimizerRule[]
  /** CPU time that the process has used; for tests. */
  cpuMs?: () => number
}

export interface Analysis {
  /** The most severe first. */
  bottlenecks: PerformanceBottleneck[]
  /** In the order of their bottlenecks. */
  recommendations: OptimizationRecommendation[]
  /** Causes that went within the window, the newest first. */
  resolved: ResolvedFinding[]
  /** What rules lack, in the order of the rules; without those that want the same for the same reason. */
  wanted: WantedCapture[]
  /** How long the event loop was held for it, all slices together. */
  heldMs: number
}

export interface AnalyseOptions {
  captures?: Captures
  /** A round over the recent past, in a row with others: it decides which causes have gone. */
  live?: boolean
  /** Default: turns of its own. */
  nextTurn?: NextTurn
}

/** How long a rule may hold the event loop at once. The built-in ones stay below 5; a machine short of CPU stretches that. */
export const RULE_BUDGET_MS = 25
/** In a row: once is a collection or a busy host, three times is the rule. */
export const MAX_SLOW_ROUNDS = 3
/** Then the rule gets another chance: its window may have become smaller. */
export const SET_ASIDE_MS = 600_000

const MAX_STEPS = 10_000_000 // a rule that never ends would make every report wait for ever
const MAX_RULES = 100 // far beyond any use; a loop that adds rules is a bug
const MAX_NAME_LENGTH = 100
const MAX_FINDINGS_PER_RULE = 20 // nobody reads the 21st; the order is the rule's
const MAX_WANTED = 50 // captures that one round may ask for: a fraction of them is ever taken

interface RuleState {
  readonly rule: OptimizerRule
  readonly part: string
  slowRounds: number
  failed: boolean
  /** Monotonic ms until which the rule is left out. */
  asideUntilMs: number
}

export class PerformanceOptimizer {
  readonly #clock: Clock
  readonly #guard: Guard
  readonly #cpuMs: () => number
  readonly #thresholds: AlertThresholds
  readonly #rules = new Map<string, RuleState>()
  readonly #cases = new Cases()

  constructor(options: OptimizerOptions) {
    this.#clock = options.clock
    this.#guard = options.guard
    this.#cpuMs = options.cpuMs ?? processCpuMs
    this.#thresholds = Object.freeze({ ...options.thresholds })
    for (const rule of options.rules ?? []) this.addRule(rule)
  }

  addRule(rule: OptimizerRule): void {
    const name: unknown = rule?.name
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
      throw refusal(`\`name\` of an optimizer rule must be a string of 1 to ${MAX_NAME_LENGTH} characters`)
    }
    if (typeof rule.evaluate !== 'function') {
      throw refusal(
        `optimizer rule "${printable(name)}" needs \`evaluate\`: a function from { window, thresholds } to findings`,
      )
    }
    if (this.#rules.has(name))
      throw refusal(`an optimizer rule "${printable(name)}" exists: remove it first, or rename yours`)
    if (this.#rules.size >= MAX_RULES) throw refusal(`there are ${MAX_RULES} optimizer rules already: remove one first`)
    this.#rules.set(name, {
      rule,
      part: `optimizer rule ${printable(name)}`,
      slowRounds: 0,
      failed: false,
      asideUntilMs: Number.NEGATIVE_INFINITY,
    })
  }

  removeRule(name: string): boolean {
    const state = this.#rules.get(name)
    if (state === undefined) return false
    this.#guard.recover(state.part)
    return this.#rules.delete(name)
  }

  get ruleNames(): string[] {
    return [...this.#rules.keys()]
  }

  /** Never rejects for a rule's sake: one that throws is left out of the round. */
  async analyse(
    window: MetricsWindow,
    { captures = NO_CAPTURES, live = false, nextTurn }: AnalyseOptions = {},
  ): Promise<Analysis> {
    const wanted: WantedCapture[] = []
    const want = (capture: WantedCapture) => {
      const isKnown = wanted.some(({ type, reason }) => type === capture.type && reason === capture.reason)
      if (!isKnown && wanted.length < MAX_WANTED) wanted.push({ type: capture.type, reason: capture.reason })
    }
    const context: RuleContext = { window, thresholds: this.#thresholds, captures, want }
    const pace = new Pace(this.#clock, this.#cpuMs, nextTurn)
    await this.#guard.runAsync('optimizer survey', () => this.#inSlices(survey(context), pace), null)
    const findings: Finding[] = []
    for (const state of [...this.#rules.values()]) {
      if (state.asideUntilMs > this.#clock.monotonicMs()) continue
      if (pace.isOver) await pace.rest()
      findings.push(...(await this.#run(state, context, pace)))
    }
    if (pace.isOver) await pace.rest()
    const verdicts = () => this.#inSlices(withoutVictims(findings), pace)
    const culprits = (await this.#guard.runAsync('optimizer verdicts', verdicts, null))?.value ?? findings
    if (pace.isOver) await pace.rest()
    const found = new Map<string, { bottleneck: PerformanceBottleneck; finding: Finding }>()
    for (const finding of culprits) {
      const bottleneck = this.#identified(finding, window.to)
      const known = found.get(bottleneck.id)
      if (known === undefined || byRank(bottleneck, known.bottleneck) < 0)
        found.set(bottleneck.id, { bottleneck, finding })
    }
    const ranked = [...found.values()]
      .sort((a, b) => byRank(a.bottleneck, b.bottleneck))
      .map(({ bottleneck, finding }) => ({ bottleneck, recommendations: recommendationsOf(bottleneck, finding) }))
    if (live) this.#cases.closeRound(new Set(found.keys()), window)
    const active = ranked.filter(({ bottleneck }) => !this.#cases.isResolved(bottleneck.id, window.to))
    for (const each of active) this.#cases.keep(each, live)
    return {
      bottlenecks: active.map(({ bottleneck }) => bottleneck),
      recommendations: active.flatMap(({ recommendations }) => recommendations),
      resolved: this.#cases.resolvedWithin(window.from, window.to),
      wanted,
      heldMs: pace.totalMs,
    }
  }

  /** Calls `next` until it is done; gives the loop back after every slice. */
  async #inSlices<T>(steps: Generator<void, T>, pace: Pace): Promise<{ value: T; longestMs: number }> {
    let longestMs = 0
    for (let count = 0; count < MAX_STEPS; count++) {
      const step = steps.next()
      if (step.done) return { value: step.value, longestMs: Math.max(longestMs, pace.heldMs) }
      if (!pace.step()) continue
      longestMs = Math.max(longestMs, pace.heldMs)
      await pace.rest()
    }
    throw new Error(`did not end within ${MAX_STEPS} steps`)
  }

  async #run(state: RuleState, context: RuleContext, pace: Pace): Promise<Finding[]> {
    const { rule, part } = state
    let tookMs = 0
    const evaluate = async (): Promise<Finding[]> => {
      const returned = rule.evaluate(context)
      tookMs = pace.heldMs
      if (!isSteps<Finding[]>(returned)) return listOf(returned)
      const { value, longestMs } = await this.#inSlices(returned, pace)
      tookMs = longestMs
      return listOf(value)
    }
    const returned = await this.#guard.runAsync(part, evaluate, null)
    let faults = returned === null ? 1 : 0
    const findings = (returned ?? []).slice(0, MAX_FINDINGS_PER_RULE).flatMap((finding) => {
      const checked = this.#guard.run(part, () => checkedFinding(finding), null)
      if (checked === null) faults++
      return checked === null ? [] : [checked]
    })
    state.slowRounds = tookMs > RULE_BUDGET_MS ? state.slowRounds + 1 : 0
    if (state.slowRounds >= MAX_SLOW_ROUNDS) {
      state.slowRounds = 0
      state.asideUntilMs = this.#clock.monotonicMs() + SET_ASIDE_MS
      const reason = `held the event loop for ${formatMs(tookMs)} (budget ${formatMs(RULE_BUDGET_MS)}) for the ${MAX_SLOW_ROUNDS}rd time in a row`
      this.#guard.report(part, new Error(`${reason}: set aside for ${formatMs(SET_ASIDE_MS)}`))
      faults++
    }
    if (faults === 0 && state.failed) this.#guard.recover(part)
    state.failed = faults > 0
    return findings
  }

  #identified({ bottleneck }: Finding, atMs: number): PerformanceBottleneck {
    const { type, component, operation, victims = [], ...rest } = bottleneck
    const id = stableId(type, component, operation)
    const { firstMs, lastMs } = this.#cases.seen(id, atMs)
    return {
      id,
      type,
      component,
      operation,
      ...rest,
      source: null,
      victims,
      state: 'active',
      firstSeen: new Date(firstMs).toISOString(),
      lastSeen: new Date(lastMs).toISOString(),
      resolvedAt: null,
    }
  }
}

function listOf(value: unknown): Finding[] {
  // a rejection of an async rule would otherwise end the host process as unhandled
  if (value instanceof Promise) value.catch(() => undefined)
  if (!Array.isArray(value)) throw new TypeError('`evaluate` must return an array of findings, not a promise of one')
  return value
}

function refusal(message: string): PerfMonitorError {
  return new PerfMonitorError('PERF_ARGUMENT_INVALID', message)
}
