// Query parameters, strictly: a bad, repeated or impossible value is a 400 that names the parameter. Unknown parameters
// are ignored, as everywhere on the web.
import { PerfHttpError } from '../errors.js'
import type { ReportFormat } from '../types/report.js'
import type { HistoryQuery, WindowQuery } from '../types/window.js'
import type { TraceFilter } from './source.js'

const DAY_MS = 86_400_000
const MAX_WINDOW_MS = 366 * DAY_MS
const MAX_STEPS = 5000 // as history has it: a step of a second over a year would be 31 million columns
const MAX_EPOCH_MS = 8_640_000_000_000_000 // the last moment a Date can hold
const SECONDS_LOOK_ALIKE = { from: 1e9, to: 1e11 } // as ms the early 1970s, as s today: surely seconds
const MAX_NAME_LENGTH = 1000
const MAX_QUOTED_LENGTH = 100 // of a bad value, in the message
const DEFAULT_TRACES = 50
const MAX_TRACES = 1000 // of 200 calls each: some 40 MB
const UNIT_MS: Record<string, number> = { '': 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS }
const REPORT_FORMATS = ['json', 'csv', 'html', 'markdown'] as const satisfies readonly ReportFormat[]
const PROFILE_FORMATS = ['json', 'flame', 'cpuprofile', 'heapprofile'] as const
const DETAILS = ['operations', 'components'] as const

export function parseWindowMs(query: URLSearchParams): number | undefined {
  const value = single(query, 'windowMs')
  return value === null ? undefined : integer('windowMs', value, MAX_WINDOW_MS)
}

export function parseWindow(query: URLSearchParams, nowMs: number): WindowQuery {
  const windowMs = parseWindowMs(query)
  const bounds = parseBounds(query, nowMs)
  if (windowMs === undefined) return bounds
  if (bounds.from !== undefined || bounds.to !== undefined) {
    throw bad('windowMs', 'is the last milliseconds until now: leave it out beside `from` and `to`')
  }
  return { windowMs }
}

/** `defaultFromMs`: where a history without `from` begins at the earliest. */
export function parseHistory(query: URLSearchParams, options: { nowMs: number; defaultFromMs: number }): HistoryQuery {
  const { nowMs, defaultFromMs } = options
  const parsed: HistoryQuery & { from?: number; to?: number } = parseBounds(query, nowMs)
  const step = single(query, 'step')
  if (step !== null) {
    parsed.stepMs = duration('step', step)
    const spanMs = (parsed.to ?? nowMs) - (parsed.from ?? defaultFromMs)
    if (spanMs / parsed.stepMs > MAX_STEPS) {
      const needed = Math.ceil(spanMs / MAX_STEPS)
      throw bad('step', `gives more than ${MAX_STEPS} steps between \`from\` and \`to\`: take at least ${needed} ms`)
    }
  }
  const component = name(query, 'component')
  const operation = name(query, 'operation')
  if (operation !== null && component === null) throw bad('component', 'is needed beside `operation`')
  if (component !== null) parsed.component = component
  if (operation !== null) parsed.operation = operation
  const detail = oneOf(query, 'detail', DETAILS)
  if (detail !== null) parsed.detail = detail
  return parsed
}

export function parseTraces(query: URLSearchParams): TraceFilter {
  const component = name(query, 'component')
  const operation = name(query, 'operation')
  if (operation !== null && component === null) throw bad('component', 'is needed beside `operation`')
  const limit = single(query, 'limit')
  const parsed = limit === null ? DEFAULT_TRACES : /^\d{1,6}$/.test(limit) ? Number(limit) : 0
  if (parsed < 1 || parsed > MAX_TRACES) {
    throw bad('limit', `must be an integer from 1 to ${MAX_TRACES}, got ${quoted(limit ?? '')}`)
  }
  return { component, operation, limit: parsed }
}

export function parseFormat(query: URLSearchParams): ReportFormat | null {
  return oneOf(query, 'format', REPORT_FORMATS)
}

export function parseProfileFormat(query: URLSearchParams): (typeof PROFILE_FORMATS)[number] | null {
  return oneOf(query, 'format', PROFILE_FORMATS)
}

export function parseDownload(query: URLSearchParams): boolean {
  const value = oneOf(query, 'download', ['1', 'true', '0', 'false'])
  return value === '1' || value === 'true'
}

/** A parameter given at most once; `null` when absent. */
export function single(query: URLSearchParams, parameter: string): string | null {
  const values = query.getAll(parameter)
  if (values.length > 1) throw bad(parameter, `was given ${values.length} times: give it once`)
  return values[0] ?? null
}

export function bad(parameter: string, problem: string): PerfHttpError {
  return new PerfHttpError('bad-request', `\`${parameter}\` ${problem}`)
}

/** A value as it may stand in a message. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > MAX_QUOTED_LENGTH ? `${value.slice(0, MAX_QUOTED_LENGTH)}…` : value)
}

function parseBounds(query: URLSearchParams, nowMs: number): { from?: number; to?: number } {
  const from = time(query, 'from')
  const to = time(query, 'to')
  if (from !== null && to !== null && from >= to) throw bad('from', 'must be before `to`')
  if (from !== null && to === null && from > nowMs) throw bad('from', 'is in the future, and `to` is now unless given')
  return { ...(from !== null && { from }), ...(to !== null && { to }) }
}

function time(query: URLSearchParams, parameter: string): number | null {
  const value = single(query, parameter)
  if (value === null) return null
  if (/^\d{1,20}$/.test(value)) {
    const ms = Number(value)
    if (ms > MAX_EPOCH_MS) throw bad(parameter, `is out of range, got ${quoted(value)}`)
    if (ms >= SECONDS_LOOK_ALIKE.from && ms < SECONDS_LOOK_ALIKE.to) {
      throw bad(parameter, `takes epoch milliseconds, and ${quoted(value)} looks like seconds: add three zeros`)
    }
    return ms
  }
  const ms = parseIso(value)
  if (ms === null) {
    throw bad(parameter, `takes ISO 8601 (2026-01-31T09:30:00Z) or epoch milliseconds, got ${quoted(value)}`)
  }
  return ms
}

/** Date, or date and time; UTC unless a zone is given. `null` when it is none, or no such day. */
function parseIso(value: string): number | null {
  // an unencoded + of a zone arrives as a space
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+ -]\d\d:?\d\d)?)?$/i.exec(
    value,
  )
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth || hour > 23 || minute > 59 || second > 59) return null
  const zoneMs = zoneOffsetMs(match[8] ?? 'Z')
  if (zoneMs === null) return null
  const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000)
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - zoneMs
}

function zoneOffsetMs(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0
  const digits = zone.slice(1).replace(':', '')
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2))
  if (hours > 23 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function duration(parameter: string, value: string): number {
  const match = /^(\d{1,15})(ms|s|m|h|d)?$/.exec(value)
  if (match === null)
    throw bad(parameter, `takes milliseconds or a number with s, m, h or d (10s), got ${quoted(value)}`)
  const ms = Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 1)
  if (ms < 1 || ms > MAX_WINDOW_MS) throw bad(parameter, `must be from 1 ms to 366 days, got ${quoted(value)}`)
  return ms
}

function integer(parameter: string, value: string, max: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : 0
  if (number < 1 || number > max) {
    throw bad(parameter, `must be an integer from 1 to ${max} (milliseconds), got ${quoted(value)}`)
  }
  return number
}

function name(query: URLSearchParams, parameter: string): string | null {
  const value = single(query, parameter)
  if (value !== null && (value === '' || value.length > MAX_NAME_LENGTH)) {
    throw bad(parameter, `must be a name of 1 to ${MAX_NAME_LENGTH} characters`)
  }
  return value
}

function oneOf<T extends string>(query: URLSearchParams, parameter: string, values: readonly T[]): T | null {
  const value = single(query, parameter)
  if (value === null) return null
  const known = values.find((candidate) => candidate === value)
  if (known === undefined) throw bad(parameter, `must be one of ${values.join(', ')}, got ${quoted(value)}`)
  return known
}
