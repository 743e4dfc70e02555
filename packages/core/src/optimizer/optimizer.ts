// Runs the rules one after another on a window, gives the loop back between them, and keeps what outlasts a round: first and
// last sighting of each cause, and which rules were too slow.
import type { Clock } from '../clock.js'
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import type { AlertThresholds } from '../types/config.js'
import type {
  Finding,
  OptimizationRecommendation,
  OptimizerRule,
  PerformanceBottleneck,
  RuleContext,
} from '../types/findings.js'
import { isSteps } from '../types/reading.js'
import { formatMs, printable } from '../types/units.js'
import type { MetricsWindow } from '../types/window.js'
import { byRank, checkedFinding, recommendationsOf, stableId } from './findings.js'
import { survey } from './survey.js'

export interface OptimizerOptions {
  thresholds: AlertThresholds
  clock: Clock
  guard: Guard
  /** The rules to begin with; `optimizerRules()` of `rules.ts` has those of the package. */
  rules?: OptimizerRule[]
}

export interface Analysis {
  /** The most severe first. */
  bottlenecks: PerformanceBottleneck[]
  /** In the order of their bottlenecks. */
  recommendations: OptimizationRecommendation[]
}

/** How long a rule may hold the event loop at once. The built-in ones stay below 5; a machine short of CPU stretches that. */
export const RULE_BUDGET_MS = 25
/** In a row: once is a collection or a busy host, three times is the rule. */
export const MAX_SLOW_ROUNDS = 3
/** Then the rule gets another chance: its window may have become smaller. */
export const SET_ASIDE_MS = 600_000

const SLICE_MS = 2 // of the 5 ms that nothing may hold the loop: one step between two looks at the clock may be long
const MAX_STEPS = 10_000_000 // a rule that never ends would make every report wait for ever
const MAX_RULES = 100 // far beyond any use; a loop that adds rules is a bug
const MAX_NAME_LENGTH = 100
const MAX_FINDINGS_PER_RULE = 20 // nobody reads the 21st; the order is the rule's
const MAX_SIGHTINGS = 1000 // ids of 16 characters: 100 KB at most
const FORGET_MS = 3_600_000 // a cause that comes back after an hour without it is a new one

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
  readonly #thresholds: AlertThresholds
  readonly #rules = new Map<string, RuleState>()
  /** By id, the longest unseen first. */
  readonly #sightings = new Map<string, { firstMs: number; lastMs: number }>()

  constructor(options: OptimizerOptions) {
    this.#clock = options.clock
    this.#guard = options.guard
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
  async analyse(window: MetricsWindow): Promise<Analysis> {
    const context: RuleContext = { window, thresholds: this.#thresholds }
    await this.#guard.runAsync('optimizer survey', () => this.#inSlices(survey(context)), null)
    const found = new Map<string, { bottleneck: PerformanceBottleneck; finding: Finding }>()
    for (const state of [...this.#rules.values()]) {
      if (state.asideUntilMs > this.#clock.monotonicMs()) continue
      await nextTurn()
      for (const finding of await this.#run(state, context)) {
        const bottleneck = this.#seen(finding, window.to)
        const known = found.get(bottleneck.id)
        if (known === undefined || byRank(bottleneck, known.bottleneck) < 0)
          found.set(bottleneck.id, { bottleneck, finding })
      }
    }
    const ranked = [...found.values()].sort((a, b) => byRank(a.bottleneck, b.bottleneck))
    return {
      bottlenecks: ranked.map(({ bottleneck }) => bottleneck),
      recommendations: ranked.flatMap(({ bottleneck, finding }) => recommendationsOf(bottleneck, finding)),
    }
  }

  /** Calls `next` until it is done; gives the loop back after every slice. */
  async #inSlices<T>(steps: Generator<void, T>): Promise<{ value: T; longestMs: number }> {
    let longestMs = 0
    let sliceStartMs = this.#clock.monotonicMs()
    for (let count = 0; count < MAX_STEPS; count++) {
      const step = steps.next()
      const sliceMs = this.#clock.monotonicMs() - sliceStartMs
      longestMs = Math.max(longestMs, sliceMs)
      if (step.done) return { value: step.value, longestMs }
      if (sliceMs < SLICE_MS) continue
      await nextTurn()
      sliceStartMs = this.#clock.monotonicMs()
    }
    throw new Error(`did not end within ${MAX_STEPS} steps`)
  }

  async #run(state: RuleState, context: RuleContext): Promise<Finding[]> {
    const { rule, part } = state
    const startedMs = this.#clock.monotonicMs()
    let tookMs = 0
    const evaluate = async (): Promise<Finding[]> => {
      const returned = rule.evaluate(context)
      tookMs = this.#clock.monotonicMs() - startedMs
      if (!isSteps<Finding[]>(returned)) return listOf(returned)
      const { value, longestMs } = await this.#inSlices(returned)
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

  #seen({ bottleneck }: Finding, atMs: number): PerformanceBottleneck {
    const { type, component, operation, ...rest } = bottleneck
    const id = stableId(type, component, operation)
    const known = this.#sightings.get(id)
    const lasts = known !== undefined && atMs - known.lastMs <= FORGET_MS
    const sighting = {
      firstMs: lasts ? Math.min(known.firstMs, atMs) : atMs,
      lastMs: lasts ? Math.max(known.lastMs, atMs) : atMs,
    }
    this.#sightings.delete(id)
    this.#sightings.set(id, sighting)
    if (this.#sightings.size > MAX_SIGHTINGS) {
      for (const oldest of this.#sightings.keys()) {
        this.#sightings.delete(oldest)
        break
      }
    }
    return {
      id,
      type,
      component,
      operation,
      ...rest,
      firstSeen: new Date(sighting.firstMs).toISOString(),
      lastSeen: new Date(sighting.lastMs).toISOString(),
    }
  }
}

function listOf(value: unknown): Finding[] {
  // a rejection of an async rule would otherwise end the host process as unhandled
  if (value instanceof Promise) value.catch(() => undefined)
  if (!Array.isArray(value)) throw new TypeError('`evaluate` must return an array of findings, not a promise of one')
  return value
}

/** No timer: the queue of immediates, after what already waits on the loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function refusal(message: string): PerfMonitorError {
  return new PerfMonitorError('PERF_ARGUMENT_INVALID', message)
}
