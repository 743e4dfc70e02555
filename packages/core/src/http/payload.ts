// Bodies of requests that change something: read up to the limit, decoded strictly, validated field by field.
import { shown } from '../config/checks.js'
import { PerfHttpError } from '../errors.js'
import type { AlertSeverity, AlertType, SilenceMatcher } from '../types/alerts.js'
import type { PerfRequest } from '../types/http.js'
import type { ProfileType } from '../types/metrics.js'
import { header } from './origin.js'
import { bad, quoted } from './query.js'

const MAX_TEXT_LENGTH = 1000
// records and not lists: the compiler holds them complete
const TYPES: Record<AlertType, true> = {
  'high-cpu-usage': true,
  'high-memory-usage': true,
  'high-disk-usage': true,
  'slow-response': true,
  'operation-failure': true,
  'network-latency': true,
  'system-overload': true,
  'event-loop-stall': true,
  'slo-burn': true,
  anomaly: true,
  custom: true,
}
const SEVERITIES: Record<AlertSeverity, true> = { info: true, warning: true, critical: true }
const MATCHER_FIELDS: Record<keyof SilenceMatcher, Record<string, true> | null> = {
  rule: null,
  type: TYPES,
  severity: SEVERITIES,
  component: null,
  operation: null,
}
const SILENCE_FIELDS = ['matcher', 'durationMs', 'comment']
const PROFILE_TYPES: Record<ProfileType, true> = { cpu: true, heap: true, allocation: true }
const PROFILE_FIELDS = ['type', 'durationMs']
const DEFAULT_PROFILE_MS = 10_000 // long enough for a few hundred requests of a quiet app

export interface SilenceInput {
  matcher: SilenceMatcher
  durationMs: number
  comment?: string
}

/** How long a silence may be is the alert manager's to say. */
export async function readSilence(request: PerfRequest, maxBytes: number): Promise<SilenceInput> {
  const body = await readFields(request, SILENCE_FIELDS, maxBytes)
  const { durationMs, comment } = body
  if (typeof durationMs !== 'number' || !Number.isInteger(durationMs)) {
    throw bad('durationMs', `must be an integer (milliseconds), ${got(durationMs)}`)
  }
  const matcher = readMatcher(body.matcher)
  return comment === undefined || comment === null
    ? { matcher, durationMs }
    : { matcher, durationMs, comment: text1to1000('comment', comment) }
}

/** How long a profile may be is the profiler's to say. */
export async function readProfileRequest(
  request: PerfRequest,
  maxBytes: number,
): Promise<{ type: ProfileType; durationMs: number }> {
  const { type, durationMs = DEFAULT_PROFILE_MS } = await readFields(request, PROFILE_FIELDS, maxBytes)
  if (typeof type !== 'string' || !Object.hasOwn(PROFILE_TYPES, type)) {
    throw bad('type', `must be one of ${Object.keys(PROFILE_TYPES).join(', ')}, ${got(type)}`)
  }
  if (typeof durationMs !== 'number') throw bad('durationMs', `must be an integer, ${got(durationMs)}`)
  return { type: type as ProfileType, durationMs }
}

/** The `token` of the sign-in form. */
export async function readToken(request: PerfRequest, maxBytes: number): Promise<string> {
  const form = new URLSearchParams(
    await readText(request, { contentType: 'application/x-www-form-urlencoded', maxBytes }),
  )
  const tokens = form.getAll('token')
  if (tokens.length !== 1) throw bad('token', 'must be given once')
  return tokens[0] ?? ''
}

async function readText(
  request: PerfRequest,
  { contentType, maxBytes }: { contentType: string; maxBytes: number },
): Promise<string> {
  const sent = (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (sent !== contentType) throw new PerfHttpError('unsupported-media-type', `Send \`Content-Type: ${contentType}\``)
  const encoding = header(request, 'content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new PerfHttpError('unsupported-media-type', 'Send the body without Content-Encoding')
  }
  const bytes = await request.readBody(maxBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new PerfHttpError('bad-request', 'The body is not valid UTF-8')
  }
}

async function readFields(request: PerfRequest, fields: string[], maxBytes: number): Promise<Record<string, unknown>> {
  const text = await readText(request, { contentType: 'application/json', maxBytes })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new PerfHttpError('bad-request', 'The body is not valid JSON')
  }
  const body = object('body', parsed)
  refuseUnknown(body, fields)
  return body
}

function readMatcher(value: unknown): SilenceMatcher {
  const given = object('matcher', value)
  // a misspelt field left out would silence more than was meant
  refuseUnknown(given, Object.keys(MATCHER_FIELDS), 'matcher.')
  const matcher: Record<string, string> = {}
  for (const [field, allowed] of Object.entries(MATCHER_FIELDS)) {
    const wanted = given[field]
    if (wanted === undefined) continue
    const text = text1to1000(`matcher.${field}`, wanted)
    if (allowed !== null && !Object.hasOwn(allowed, text)) {
      throw bad(`matcher.${field}`, `must be one of ${Object.keys(allowed).join(', ')}, got ${quoted(text)}`)
    }
    matcher[field] = text
  }
  if (Object.keys(matcher).length === 0) {
    throw bad('matcher', `needs at least one of ${Object.keys(MATCHER_FIELDS).join(', ')}`)
  }
  return matcher
}

function object(field: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(field, 'must be an object')
  return value as Record<string, unknown>
}

function refuseUnknown(value: Record<string, unknown>, known: string[], prefix = ''): void {
  const unknown = Object.keys(value).find((field) => !known.includes(field))
  if (unknown !== undefined) throw bad(prefix + quoted(unknown).slice(1, -1), `is unknown: take ${known.join(', ')}`)
}

function text1to1000(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_LENGTH) {
    throw bad(field, `must be a string of 1 to ${MAX_TEXT_LENGTH} characters`)
  }
  return value
}

function got(value: unknown): string {
  return value === undefined ? 'got nothing' : `got ${shown(value)}`
}
