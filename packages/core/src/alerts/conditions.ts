// Rules may be the app's own: what they return is checked before it becomes state.
import type { AlertCondition, AlertSeverity } from '../types/alerts.js'
import { printable } from '../types/units.js'

const SEVERITIES: ReadonlySet<AlertSeverity> = new Set<AlertSeverity>(['info', 'warning', 'critical'])

/** Throws an error that names what is wrong; the rule's round is then left out as if it had thrown itself. */
export function* checkConditions(value: unknown): Generator<void, AlertCondition[]> {
  // a rejection of an async rule would otherwise end the host process as unhandled
  if (value instanceof Promise) value.catch(() => undefined)
  if (!Array.isArray(value)) throw new TypeError('`evaluate` must return an array of conditions, not a promise of one')
  for (const condition of value) {
    checkCondition(condition)
    yield
  }
  return value
}

/** Same rule, component, operation and labels: the same alert. */
export function alertKey(rule: string, condition: AlertCondition): string {
  const labels = Object.entries(condition.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([rule, condition.component, condition.operation, labels])
}

function checkCondition(condition: AlertCondition): void {
  if (typeof condition !== 'object' || condition === null) throw new TypeError('a condition must be an object')
  for (const field of ['component', 'operation'] as const) {
    if (condition[field] !== null && typeof condition[field] !== 'string') {
      throw new TypeError(`\`${field}\` of a condition must be a string or null`)
    }
  }
  for (const field of ['value', 'threshold'] as const) {
    if (!Number.isFinite(condition[field])) throw new TypeError(`\`${field}\` of a condition must be a finite number`)
  }
  for (const field of ['unit', 'message'] as const) {
    if (typeof condition[field] !== 'string') throw new TypeError(`\`${field}\` of a condition must be a string`)
  }
  if (condition.severity !== undefined && !SEVERITIES.has(condition.severity)) {
    throw new TypeError(`\`severity\` of a condition must be one of ${[...SEVERITIES].join(', ')}`)
  }
  for (const [name, label] of Object.entries(condition.labels ?? {})) {
    if (typeof label !== 'string') throw new TypeError(`label \`${printable(name)}\` of a condition must be a string`)
  }
}
