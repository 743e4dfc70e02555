// Silences end by the wall clock, not by a duration: their end is a time that was promised to people.
import type { Clock } from '../clock.js'
import { isObject, shown } from '../config/checks.js'
import { PerfMonitorError } from '../errors.js'
import type { AlertSilence, PerformanceAlert, SilenceMatcher } from '../types/alerts.js'

export interface SilenceInput {
  matcher: SilenceMatcher
  durationMs: number
  comment?: string
}

const MATCHER_FIELDS = ['rule', 'type', 'severity', 'component', 'operation'] as const
const MAX_DURATION_MS = 30 * 86_400_000 // a silence that outlives the reason for it hides the next fault
const MAX_TEXT_LENGTH = 1000 // bounds what a request can make us keep

export class Silences {
  readonly #clock: Clock
  readonly #max: number
  readonly #idPrefix: string
  readonly #silences = new Map<string, AlertSilence>()
  #created = 0
  #rejected = 0

  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#max = max
    this.#idPrefix = `silence-${clock.now().toString(36)}`
  }

  add(input: SilenceInput): AlertSilence {
    const { matcher, durationMs, comment } = checked(input)
    this.#expire()
    if (this.#silences.size >= this.#max) {
      this.#rejected++
      throw refusal(`\`limits.maxSilences\` (${this.#max}) silences exist already: end one first`)
    }
    const now = this.#clock.now()
    const silence: AlertSilence = {
      id: `${this.#idPrefix}-${(++this.#created).toString(36)}`,
      matcher,
      comment: comment ?? null,
      createdAt: new Date(now).toISOString(),
      endsAt: new Date(now + durationMs).toISOString(),
    }
    this.#silences.set(silence.id, silence)
    return copyOf(silence)
  }

  remove(id: string): boolean {
    this.#expire()
    return this.#silences.delete(id)
  }

  get list(): AlertSilence[] {
    this.#expire()
    return [...this.#silences.values()].map(copyOf)
  }

  get rejected(): number {
    return this.#rejected
  }

  match(alert: Pick<PerformanceAlert, (typeof MATCHER_FIELDS)[number]>): boolean {
    if (this.#silences.size === 0) return false
    this.#expire()
    for (const { matcher } of this.#silences.values()) {
      if (MATCHER_FIELDS.every((field) => matcher[field] === undefined || matcher[field] === alert[field])) return true
    }
    return false
  }

  #expire(): void {
    const now = this.#clock.now()
    for (const [id, silence] of this.#silences) {
      if (Date.parse(silence.endsAt) <= now) this.#silences.delete(id)
    }
  }
}

function checked(input: SilenceInput): SilenceInput {
  if (!isObject(input)) throw refusal(`a silence must be { matcher, durationMs, comment? }, got ${shown(input)}`)
  const { matcher, durationMs, comment } = input as SilenceInput
  if (!isObject(matcher)) throw refusal(`\`matcher\` must be an object, got ${shown(matcher)}`)
  const fields = Object.entries(matcher).filter(([, value]) => value !== undefined)
  for (const [field, value] of fields) {
    if (!(MATCHER_FIELDS as readonly string[]).includes(field)) {
      throw refusal(`\`matcher.${shown(field).slice(1, -1)}\` is unknown: write one of ${MATCHER_FIELDS.join(', ')}`)
    }
    if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_LENGTH) {
      throw refusal(`\`matcher.${field}\` must be a text of 1 to ${MAX_TEXT_LENGTH} characters, got ${shown(value)}`)
    }
  }
  if (fields.length === 0) {
    throw refusal(
      `\`matcher\` must have at least one of ${MATCHER_FIELDS.join(', ')}: without any it would hide every alert`,
    )
  }
  if (typeof durationMs !== 'number' || !(durationMs >= 1 && durationMs <= MAX_DURATION_MS)) {
    throw refusal(`\`durationMs\` must be a number from 1 to ${MAX_DURATION_MS} (30 days), got ${shown(durationMs)}`)
  }
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > MAX_TEXT_LENGTH)) {
    throw refusal(`\`comment\` must be a text of at most ${MAX_TEXT_LENGTH} characters, got ${shown(comment)}`)
  }
  return { matcher: Object.fromEntries(fields), durationMs, comment }
}

function refusal(message: string): PerfMonitorError {
  return new PerfMonitorError('PERF_ARGUMENT_INVALID', message)
}

function copyOf(silence: AlertSilence): AlertSilence {
  return { ...silence, matcher: { ...silence.matcher } }
}
