// Which operation a span is, from its kind and OpenTelemetry's semantic conventions, the stable ones and those before them.
import type { BridgeHost } from '@perf-monitor/core/adapter'
import { cleanName, componentOfScope, remembered } from './names.js'
import { type BridgedSpan, CLIENT, CONSUMER, isError, number, PRODUCER, SERVER, scopeOf, text } from './spans.js'

export interface Classified {
  component: string
  operation: string
  success: boolean
  /** Of HTTP servers; `null` of everything else. */
  statusCode: number | null
}

type Dialect = Parameters<BridgeHost['queryName']>[1]

const SERVER_ERROR = 500
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 }
/** Systems whose statements are SQL; of the others only operation and collection are shown. */
const SQL_SYSTEMS =
  /^(?:postgres|mysql|mariadb|mssql|microsoft\.sql_server|oracle|sqlite|cockroach|db2|ibm\.db2|snowflake|clickhouse|trino|h2|other_sql|redshift|aws\.redshift|spanner|gcp\.spanner|cassandra|firebird|hive|vertica|duckdb|libsql)/

const queries: Record<Dialect, Map<string, string>> = { postgres: new Map(), mysql: new Map(), sqlite: new Map() }

/** `wrapsQueries`: queries ran inside it, so it is what made them, a query builder or a mapper. */
export function classify(span: BridgedSpan, host: BridgeHost, { wrapsQueries = false } = {}): Classified {
  const success = !isError(span)
  const named = (component: string, operation: string): Classified => ({
    component,
    operation,
    success,
    statusCode: null,
  })
  const method = text(span, 'http.request.method', 'http.method')
  if (method !== null && span.kind === SERVER) return httpServer(span, host, method)
  if (method !== null && span.kind === CLIENT) return httpClient(span, host, method)
  const system = text(span, 'db.system.name', 'db.system')
  if (system !== null && !wrapsQueries) return named('db', queryName(span, host, system))
  const messaging = text(span, 'messaging.system')
  if (messaging !== null) return named('messaging', messageName(span))
  const rpc = text(span, 'rpc.system.name', 'rpc.system')
  if (rpc !== null) return named(span.kind === CLIENT ? 'rpc-client' : 'rpc', rpcName(span))
  if (text(span, 'faas.trigger', 'faas.invoked_name') !== null) {
    return named('faas', cleanName(text(span, 'faas.invoked_name', 'faas.name') ?? span.name))
  }
  if (text(span, 'express.type', 'koa.type', 'fastify.type', 'hapi.type', 'connect.type', 'nestjs.type') !== null) {
    return named('handler', handlerName(span))
  }
  return named(componentOfScope(scopeOf(span)), cleanName(span.name))
}

/** Whether it is the span of a request that this process answers. */
export function isHttpServer(span: BridgedSpan): boolean {
  return span.kind === SERVER && text(span, 'http.request.method', 'http.method') !== null
}

export function isHttpClient(span: BridgedSpan): boolean {
  return span.kind === CLIENT && text(span, 'http.request.method', 'http.method') !== null
}

export function requestOf(span: BridgedSpan): { method: string; url: string } {
  return {
    method: text(span, 'http.request.method', 'http.method') ?? '',
    url: text(span, 'url.path', 'http.target') ?? pathOf(text(span, 'url.full', 'http.url')),
  }
}

function httpServer(span: BridgedSpan, host: BridgeHost, method: string): Classified {
  const statusCode = number(span, 'http.response.status_code', 'http.status_code')
  const route = text(span, 'http.route')
  return {
    component: 'http',
    // a route is a template by convention; one that carries a query is not
    operation: `${host.methodName(method)} ${route === null ? '(unmatched)' : route.replace(/[?#].*$/s, '')}`,
    success: statusCode === null ? !isError(span) : statusCode < SERVER_ERROR,
    statusCode,
  }
}

function httpClient(span: BridgedSpan, host: BridgeHost, method: string): Classified {
  const statusCode = number(span, 'http.response.status_code', 'http.status_code')
  return {
    component: 'http-client',
    operation: `${host.methodName(method.toUpperCase())} ${hostOf(span)}`,
    // 4xx is an answer, as the monitor's own instruments have it; without a status there was none
    success: statusCode === null ? !isError(span) : statusCode < SERVER_ERROR,
    statusCode: null,
  }
}

function hostOf(span: BridgedSpan): string {
  const url = urlOf(text(span, 'url.full', 'http.url'))
  const name = text(span, 'server.address', 'net.peer.name')
  if (name === null || /[\s/?#@]/.test(name)) {
    const fallback = url?.host ?? text(span, 'http.host')
    return fallback === null || fallback === undefined || /[\s/?#@]/.test(fallback) ? '(unknown)' : fallback
  }
  const scheme = text(span, 'url.scheme', 'http.scheme') ?? url?.protocol.slice(0, -1) ?? ''
  const port = number(span, 'server.port', 'net.peer.port')
  const isDefault = scheme === '' ? port === 80 || port === 443 : port === DEFAULT_PORTS[scheme]
  return port === null || isDefault ? name : `${name}:${port}`
}

function queryName(span: BridgedSpan, host: BridgeHost, system: string): string {
  const query = text(span, 'db.query.text', 'db.statement')
  if (query !== null && SQL_SYSTEMS.test(system)) return normalized(query, host, dialectOf(system))
  const summary = text(span, 'db.query.summary')
  if (summary !== null) return cleanName(summary)
  const verb = text(span, 'db.operation.name', 'db.operation', 'db.mongodb.command')
  const target = text(span, 'db.collection.name', 'db.mongodb.collection', 'db.sql.table')
  if (verb !== null) return cleanName(target === null ? verb : `${verb} ${target}`)
  // the first word of a command is no value: `GET user:7`
  if (/^(?:redis|memcached|valkey)/.test(system)) return cleanName(span.name.split(/\s/, 1)[0]).toUpperCase()
  return cleanName(span.name)
}

function normalized(query: string, host: BridgeHost, dialect: Dialect): string {
  return remembered(queries[dialect], query, (text) => host.queryName(text, dialect))
}

function dialectOf(system: string): Dialect {
  if (/postgres|cockroach|redshift|spanner/.test(system)) return 'postgres'
  return /mysql|maria/.test(system) ? 'mysql' : 'sqlite' // its quoting and its named parameters are those of most others
}

function messageName(span: BridgedSpan): string {
  const verbs: Readonly<Record<number, string>> = { [PRODUCER]: 'send', [CONSUMER]: 'process' }
  const verb =
    text(span, 'messaging.operation.type', 'messaging.operation.name', 'messaging.operation') ?? verbs[span.kind] ?? ''
  const isTemporary =
    span.attributes['messaging.destination.temporary'] === true ||
    span.attributes['messaging.destination.anonymous'] === true
  const template = text(span, 'messaging.destination.template')
  const name = isTemporary ? '(temporary)' : text(span, 'messaging.destination.name', 'messaging.destination')
  const target = template ?? (name === null || isTemporary ? name : cleanName(name))
  const joined = [verb, target].filter((part) => part !== null && part !== '').join(' ')
  return joined === '' ? cleanName(span.name) : joined
}

function handlerName(span: BridgedSpan): string {
  const route = text(span, 'http.route')
  const name = cleanName(span.name)
  return route === null || span.name.includes(route) ? name : `${name} ${route}`
}

function rpcName(span: BridgedSpan): string {
  const parts = [text(span, 'rpc.service'), text(span, 'rpc.method')].filter((part) => part !== null)
  return parts.length === 0 ? cleanName(span.name) : cleanName(parts.join('/'))
}

function urlOf(address: string | null): URL | null {
  return address !== null && URL.canParse(address) ? new URL(address) : null
}

function pathOf(address: string | null): string {
  return urlOf(address)?.pathname ?? ''
}
