// The one route table: everything below the mount path. Adapters only translate to and from it.
import { PerfHttpError } from '../errors.js'
import type { PerfResponse } from '../types/http.js'
import type { ReportFormat } from '../types/report.js'
import { type MediaOffer, negotiate } from './negotiate.js'
import { header } from './origin.js'
import { readSilence, readToken } from './payload.js'
import { beginProfileRoute, profileRoute, profilesRoute } from './profiles.js'
import { bad, parseDownload, parseFormat, parseHistory, parseWindow, parseWindowMs, single } from './query.js'
import { chunked, empty, HTML_TYPE, JSON_TYPE, json, newNonce, pageHeaders } from './respond.js'
import type { Route, RouteContext } from './route.js'
import { clearedSession } from './session.js'
import type { MetricsFormat, PerfSource } from './source.js'
import { traceRoute, tracesRoute } from './traces.js'

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/', run: pageRoute, page: true },
  { method: 'GET', path: '/snapshot', run: snapshotRoute },
  { method: 'GET', path: '/report', run: reportRoute, page: true },
  { method: 'GET', path: '/history', run: historyRoute },
  { method: 'GET', path: '/alerts', run: alertsRoute },
  { method: 'POST', path: '/alerts/silences', run: silenceRoute },
  { method: 'DELETE', path: '/alerts/silences', run: unsilenceRoute },
  { method: 'DELETE', path: '/alerts/silences/:id', run: unsilenceRoute },
  { method: 'GET', path: '/metrics', run: metricsRoute },
  { method: 'GET', path: '/stream', run: streamRoute },
  { method: 'GET', path: '/profiles', run: profilesRoute },
  { method: 'POST', path: '/profiles', run: beginProfileRoute },
  { method: 'GET', path: '/profiles/:id', run: profileRoute },
  { method: 'GET', path: '/traces', run: tracesRoute },
  { method: 'GET', path: '/traces/:id', run: traceRoute },
  { method: 'GET', path: '/health', run: healthRoute },
  { method: 'POST', path: '/session', run: signInRoute, open: true },
  { method: 'DELETE', path: '/session', run: signOutRoute, open: true },
]

// the first is taken where a client has no preference: curl gets JSON
const REPORT_OFFERS: readonly MediaOffer<ReportFormat>[] = [
  { value: 'json', type: 'application/json' },
  { value: 'html', type: 'text/html' },
  { value: 'csv', type: 'text/csv' },
  { value: 'markdown', type: 'text/markdown' },
]
const REPORT_TYPES: Record<ReportFormat, { contentType: string; extension: string }> = {
  json: { contentType: JSON_TYPE, extension: 'json' },
  html: { contentType: HTML_TYPE, extension: 'html' },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
  markdown: { contentType: 'text/markdown; charset=utf-8', extension: 'md' },
}

const METRICS_OFFERS: readonly MediaOffer<MetricsFormat>[] = [
  { value: 'prometheus', type: 'text/plain', parameters: { version: '0.0.4' } },
  { value: 'openmetrics', type: 'application/openmetrics-text', parameters: { version: '1.0.0' } },
]
const METRICS_TYPES: Record<MetricsFormat, string> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // no-transform: compression middleware would hold events back until its buffer is full
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
}

async function pageRoute({ source, request, signedIn }: RouteContext): Promise<PerfResponse> {
  if (!source.config.enableDashboards) {
    throw new PerfHttpError('not-found', 'The pages are switched off (enableDashboards: false)')
  }
  const nonce = newNonce()
  const body = await source.page({ basePath: request.basePath, nonce, signedIn })
  return { status: 200, headers: pageHeaders(nonce), body }
}

async function snapshotRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  return chunked(JSON_TYPE, await source.snapshot(parseWindowMs(request.query)))
}

async function reportRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  const now = source.config.clock.now()
  const window = parseWindow(request.query, now)
  const download = parseDownload(request.query)
  const offers = REPORT_OFFERS.filter(({ value }) => value !== 'html' || source.config.enableDashboards)
  const asked = parseFormat(request.query)
  const format = asked ?? negotiate(header(request, 'accept'), offers)
  if (format === null || !offers.some(({ value }) => value === format)) {
    const types = offers.map(({ type }) => type).join(', ')
    throw new PerfHttpError('not-acceptable', `The report is available as ${types}`)
  }
  const nonce = newNonce()
  const { contentType, extension } = REPORT_TYPES[format]
  const headers = format === 'html' ? pageHeaders(nonce) : {}
  const file = { 'Content-Disposition': `attachment; filename="${fileName(source, now)}.${extension}"` }
  const chunks = await source.report(format, window, { nonce })
  return chunked(contentType, chunks, { ...headers, ...(download && file) })
}

async function historyRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  const { clock, maxHistoryEntries, collectionIntervalMs } = source.config
  const nowMs = clock.now()
  const defaultFromMs = nowMs - maxHistoryEntries * collectionIntervalMs
  return chunked(JSON_TYPE, await source.history(parseHistory(request.query, { nowMs, defaultFromMs })))
}

function alertsRoute({ source }: RouteContext): PerfResponse {
  return json(200, source.alerts())
}

async function silenceRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  return json(201, source.silence(await readSilence(request, source.config.limits.maxBodyBytes)))
}

function unsilenceRoute({ source, request, params }: RouteContext): PerfResponse {
  const id = params.id ?? single(request.query, 'id')
  if (id === null || id === '') throw bad('id', 'of the silence is missing: DELETE /alerts/silences/:id')
  if (!source.unsilence(id)) throw new PerfHttpError('not-found', 'There is no silence with this id')
  return empty(204)
}

async function metricsRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  if (!source.config.exportPrometheus) {
    throw new PerfHttpError('not-found', 'Metrics are switched off (exportPrometheus: false)')
  }
  // text to whoever takes neither: a scraper can read it, and 406 would only lose the scrape
  const format = negotiate(header(request, 'accept'), METRICS_OFFERS) ?? 'prometheus'
  return chunked(METRICS_TYPES[format], await source.metrics(format))
}

function streamRoute({ source, hub, head }: RouteContext): PerfResponse {
  // a page that reconnects must not keep a stopped app's server open
  if (!source.health().running)
    throw new PerfHttpError('conflict', 'The monitor does not run: there is nothing to stream')
  return { status: 200, headers: STREAM_HEADERS, body: head ? null : hub.open() }
}

function healthRoute({ source }: RouteContext): PerfResponse {
  const health = source.health()
  return json(health.running ? 200 : 503, health)
}

async function signInRoute({ source, request, access }: RouteContext): Promise<PerfResponse> {
  if (!access.hasSignIn) throw new PerfHttpError('not-found', 'There is nothing to sign in to')
  const token = await readToken(request, source.config.limits.maxBodyBytes)
  return empty(303, { Location: request.basePath || '/', 'Set-Cookie': access.signIn(request, token) })
}

function signOutRoute({ request, access }: RouteContext): PerfResponse {
  if (!access.hasSignIn) throw new PerfHttpError('not-found', 'There is nothing to sign out of')
  return empty(204, { 'Set-Cookie': clearedSession(request) })
}

function fileName({ config }: PerfSource, nowMs: number): string {
  const service = config.serviceName.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '')
  return `${service || 'perf'}-report-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}
