// pending (condition holds) → firing (held for pendingMs) → resolved (gone for resolveMs). One evaluation a sampling interval;
// between two of them nothing happens: no timer of its own.
import type { Clock } from '../clock.js'
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import type { AlertCondition, AlertRule, AlertSilence, AlertState, PerformanceAlert } from '../types/alerts.js'
import type { Limits, Logger } from '../types/config.js'
import { atOnce, isSteps } from '../types/reading.js'
import { printable } from '../types/units.js'
import type { MetricsWindow } from '../types/window.js'
import { alertKey, checkConditions } from './conditions.js'
import { type SilenceInput, Silences } from './silences.js'

const MAX_LOG_LENGTH = 1000 // a rule of one's own may write more; a log line is no place for it

export interface AlertManagerOptions {
  rules: AlertRule[]
  /** How long a condition must hold before the alert fires. */
  pendingMs: number
  /** How long it must be gone before the alert resolves. */
  resolveMs: number
  limits: Pick<Limits, 'maxActiveAlerts' | 'maxAlertHistory' | 'maxSilences'>
  clock: Clock
  guard: Guard
  logger: Logger
}

interface Entry {
  readonly alert: PerformanceAlert
  /** Monotonic ms. */
  readonly heldSinceMs: number
  /** `null` while the condition holds. */
  goneSinceMs: number | null
  /** Whether log and listeners know that it fires: a silence may have held that back. */
  announced: boolean
}

export class AlertManager {
  readonly #options: AlertManagerOptions
  readonly #rules: readonly { readonly rule: AlertRule; readonly part: string }[]
  readonly #silences: Silences
  readonly #idPrefix: string
  /** By rule name, so that a rule that fails leaves its own alerts as they are. */
  readonly #entries = new Map<string, Map<string, Entry>>()
  readonly #history: PerformanceAlert[] = []
  readonly #listeners = new Set<(alert: PerformanceAlert) => void>()
  readonly #failing = new Set<string>()
  #activeCount = 0
  #created = 0
  #rejected = 0

  constructor(options: AlertManagerOptions) {
    this.#options = options
    this.#rules = options.rules.map((rule) => ({ rule, part: `alert rule ${printable(checkedName(rule))}` }))
    for (const { rule } of this.#rules) {
      if (this.#entries.has(rule.name)) throw refusal(`two alert rules are named "${printable(rule.name)}": rename one`)
      this.#entries.set(rule.name, new Map())
    }
    this.#silences = new Silences(options.clock, options.limits.maxSilences)
    this.#idPrefix = `alert-${options.clock.now().toString(36)}`
  }

  /** Never throws. */
  evaluate(window: MetricsWindow): void {
    atOnce(this.evaluateInSteps(window))
  }

  /** The same, to be run in slices: with thousands of operations it takes longer than the event loop may be held. Never throws. */
  *evaluateInSteps(window: MetricsWindow): Generator<void, void> {
    for (const { rule, part } of this.#rules) {
      const conditions = yield* this.#conditionsOf(rule, part, window)
      if (conditions === null) {
        this.#failing.add(rule.name)
        continue
      }
      if (this.#failing.delete(rule.name)) this.#options.guard.recover(part)
      yield* this.#apply(rule, conditions)
    }
  }

  /** Pending and firing ones, the oldest first. */
  get active(): PerformanceAlert[] {
    const alerts = [...this.#entries.values()].flatMap((entries) =>
      [...entries.values()].map(({ alert }) => this.#copy(alert)),
    )
    return alerts.sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
  }

  /** Resolved ones, newest first, at most `limits.maxAlertHistory`. */
  get history(): PerformanceAlert[] {
    return this.#history.toReversed().map((alert) => ({ ...alert, labels: { ...alert.labels } }))
  }

  /** Alerts that match are marked `silenced` and not logged; listeners see the mark. */
  silence(input: SilenceInput): AlertSilence {
    return this.#silences.add(input)
  }

  /** False when there is none with that id, or it has ended. */
  unsilence(id: string): boolean {
    return this.#silences.remove(id)
  }

  get silences(): AlertSilence[] {
    return this.#silences.list
  }

  /**
   * Called with a copy at each change of state, and when an alert that fires leaves its silence. A pending alert whose condition
   * goes is dropped without a call: it was never worth one. Notifiers act on `firing` and `resolved` that are not `silenced`.
   */
  onChange(listener: (alert: PerformanceAlert) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What limits turned away: conditions (once an evaluation) and silences. */
  get rejected(): { alerts: number; silences: number } {
    return { alerts: this.#rejected, silences: this.#silences.rejected }
  }

  *#conditionsOf(rule: AlertRule, part: string, window: MetricsWindow): Generator<void, AlertCondition[] | null> {
    try {
      const returned = rule.evaluate(window)
      return yield* checkConditions(isSteps<AlertCondition[]>(returned) ? yield* returned : returned)
    } catch (error) {
      this.#options.guard.report(part, error)
      return null
    }
  }

  *#apply(rule: AlertRule, conditions: readonly AlertCondition[]): Generator<void, void> {
    const entries = this.#entries.get(rule.name) as Map<string, Entry>
    const held = new Set<string>()
    for (const condition of conditions) {
      yield
      const key = alertKey(rule.name, condition)
      if (held.has(key)) continue
      held.add(key)
      this.#hold(rule, { key, condition, entries })
    }
    for (const [key, entry] of entries) {
      if (!held.has(key)) this.#release(entries, key, entry)
      yield
    }
  }

  #hold(
    rule: AlertRule,
    { key, condition, entries }: { key: string; condition: AlertCondition; entries: Map<string, Entry> },
  ): void {
    let entry = entries.get(key)
    if (entry === undefined) {
      if (this.#activeCount >= this.#options.limits.maxActiveAlerts) {
        this.#rejected++
        return
      }
      entry = this.#create(rule, condition)
      entries.set(key, entry)
      this.#activeCount++
      this.#emit(entry.alert)
    }
    const { alert } = entry
    entry.goneSinceMs = null
    alert.severity = condition.severity ?? rule.severity
    alert.value = condition.value
    alert.threshold = condition.threshold
    alert.unit = condition.unit
    alert.message = condition.message
    const heldMs = this.#options.clock.monotonicMs() - entry.heldSinceMs
    if (alert.state === 'pending' && heldMs >= (rule.pendingMs ?? this.#options.pendingMs)) {
      this.#move(entry, 'firing')
    } else if (alert.state === 'firing' && !entry.announced && !this.#isSilenced(alert)) {
      this.#announce(entry)
    }
  }

  #release(entries: Map<string, Entry>, key: string, entry: Entry): void {
    const now = this.#options.clock.monotonicMs()
    entry.goneSinceMs ??= now
    const firing = entry.alert.state === 'firing'
    if (firing && now - entry.goneSinceMs < this.#options.resolveMs) return
    entries.delete(key)
    this.#activeCount--
    if (firing) this.#move(entry, 'resolved')
  }

  #move(entry: Entry, state: AlertState): void {
    const { alert } = entry
    alert.state = state
    alert.timestamp = new Date(this.#options.clock.now()).toISOString()
    alert.silenced = this.#isSilenced(alert)
    if (state === 'resolved') {
      alert.resolved = true
      alert.resolvedAt = alert.timestamp
      this.#history.push(alert)
      if (this.#history.length > this.#options.limits.maxAlertHistory) this.#history.shift()
      if (entry.announced && !alert.silenced) this.#log('info', `resolved: ${alert.message}`)
      this.#emit(alert)
    } else if (alert.silenced) {
      this.#emit(alert)
    } else {
      this.#announce(entry)
    }
  }

  #announce(entry: Entry): void {
    entry.announced = true
    const { severity, message } = entry.alert
    this.#log(severity === 'critical' ? 'error' : 'warn', `${severity}: ${message}`)
    this.#emit(entry.alert)
  }

  #create(rule: AlertRule, condition: AlertCondition): Entry {
    const { clock } = this.#options
    const at = new Date(clock.now()).toISOString()
    const alert: PerformanceAlert = {
      id: `${this.#idPrefix}-${(++this.#created).toString(36)}`,
      rule: rule.name,
      type: rule.type,
      severity: condition.severity ?? rule.severity,
      state: 'pending',
      resolved: false,
      message: condition.message,
      component: condition.component,
      operation: condition.operation,
      value: condition.value,
      threshold: condition.threshold,
      unit: condition.unit,
      timestamp: at,
      startedAt: at,
      resolvedAt: null,
      silenced: false,
      labels: { ...condition.labels },
    }
    return { alert, heldSinceMs: clock.monotonicMs(), goneSinceMs: null, announced: false }
  }

  #isSilenced(alert: PerformanceAlert): boolean {
    return this.#silences.match(alert)
  }

  #copy(alert: PerformanceAlert): PerformanceAlert {
    return { ...alert, silenced: this.#isSilenced(alert), labels: { ...alert.labels } }
  }

  #emit(alert: PerformanceAlert): void {
    for (const listener of this.#listeners) {
      this.#options.guard.run('alert listener', () => listener(this.#copy(alert)), undefined)
    }
  }

  #log(level: 'info' | 'warn' | 'error', message: string): void {
    const { guard, logger } = this.#options
    guard.run('alert log', () => logger[level](`[perf-monitor] ${printable(message, MAX_LOG_LENGTH)}`), undefined)
  }
}

function checkedName(rule: AlertRule): string {
  if (typeof rule?.name !== 'string' || rule.name === '')
    throw refusal('an alert rule needs a `name`: a non-empty string')
  if (typeof rule.evaluate !== 'function') {
    throw refusal(`alert rule "${printable(rule.name)}" needs \`evaluate\`: a function from a window to conditions`)
  }
  return rule.name
}

function refusal(message: string): PerfMonitorError {
  return new PerfMonitorError('PERF_ARGUMENT_INVALID', message)
}
