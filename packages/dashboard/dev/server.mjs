// Development only: the built page with invented, moving data, under the policy that core serves it with.
// node dev/server.mjs [--port 4600] [--many 5000] [--empty] [--refuse 401] [--healthy] [--report file.html]
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as fake from './fake.mjs'
import * as captures from './fake-captures.mjs'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4600' },
    many: { type: 'string', default: '0' },
    empty: { type: 'boolean', default: false },
    healthy: { type: 'boolean', default: false },
    refuse: { type: 'string' },
    report: { type: 'string' },
  },
})
const BASE = '/perf'
const DATA = '<script id="perf-data" type="application/json">null</script>'
const page = () => readFileSync(fileURLToPath(new URL('../dist/page.html', import.meta.url)), 'utf8')
const options = { many: Number(values.many), empty: values.empty }
const calm = values.empty || values.healthy
const columns = columnNames()

if (values.report !== undefined) {
  const to = Date.now()
  const from = to - 600_000
  const data = {
    mode: 'report',
    report: report(from, to),
    history: fake.history(from, to, 1000, { ...columns, component: 'http', operation: 'GET /orders' }),
  }
  writeFileSync(values.report, filled(data, 'report'))
  console.log(`wrote ${values.report}`)
} else {
  createServer(answer).listen(Number(values.port), '127.0.0.1', () => {
    console.log(`invented data at http://127.0.0.1:${values.port}${BASE}`)
  })
}

function answer(request, response) {
  const url = new URL(request.url, 'http://localhost')
  const path = url.pathname.slice(BASE.length) || '/'
  const number = (name, fallback) => Number(url.searchParams.get(name) ?? fallback)
  const now = Date.now()
  if (path === '/') return html(response)
  if (values.refuse !== undefined) {
    const message = values.refuse === '401' ? 'A token is needed' : 'Only direct loopback connections are let in'
    return json(response, { error: { code: 'refused', message } }, Number(values.refuse))
  }
  if (path === '/stream') return stream(request, response)
  if (path === '/snapshot') return json(response, fake.snapshot(now, number('windowMs', 600_000), options))
  if (path === '/health')
    return json(response, calm ? { ...fake.health(), status: 'ok', degraded: [], limits: [] } : fake.health())
  if (path === '/report') return json(response, report(number('from', now - 600_000), number('to', now)))
  if (path === '/alerts') return json(response, calm ? { active: [], history: [], silences: [] } : fake.alerts(now))
  if (path === '/history') {
    const component = url.searchParams.get('component') ?? undefined
    const operation = url.searchParams.get('operation') ?? undefined
    const [from, to, step] = [number('from', now - 600_000), number('to', now), number('step', 1000)]
    return json(response, fake.history(from, to, step, { ...columns, component, operation, empty: values.empty }))
  }
  if (path === '/traces') {
    const [component, operation] = ['component', 'operation'].map((name) => url.searchParams.get(name) ?? undefined)
    return json(response, { traces: calm ? [] : captures.traces(now, { component, operation }) })
  }
  if (path.startsWith('/traces/'))
    return one(
      response,
      captures.traces(now).find(({ id }) => id === path.slice(8)),
    )
  if (path === '/profiles' && request.method === 'POST') {
    return body(request, (text) => json(response, captures.take(JSON.parse(text)), 202))
  }
  if (path === '/profiles') return json(response, captures.profiles(now))
  if (path.startsWith('/profiles/')) {
    captures.profiles(now)
    const profile = captures.profile(path.slice('/profiles/'.length), now)
    const flame = url.searchParams.get('format') === 'flame' && profile !== null
    return one(response, flame ? captures.flame(profile.type) : profile)
  }
  if (path === '/alerts/silences' && request.method === 'POST') {
    return body(request, (text) => json(response, fake.silence(JSON.parse(text)), 201))
  }
  if (path.startsWith('/alerts/silences/') && request.method === 'DELETE') {
    const gone = fake.unsilence(decodeURIComponent(path.slice('/alerts/silences/'.length)))
    return response.writeHead(gone ? 204 : 404).end()
  }
  return json(response, { error: { code: 'not-found', message: 'no such endpoint' } }, 404)
}

function html(response) {
  const nonce = randomBytes(16).toString('base64')
  const data = {
    mode: 'live',
    basePath: BASE,
    collectionIntervalMs: 1000,
    service: { name: 'shop-api', version: '2.3.1' },
    signedIn: false,
  }
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  })
  response.end(filled(data, nonce))
}

function filled(data, nonce) {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return page()
    .split('__NONCE__')
    .join(nonce)
    .split(DATA)
    .join(DATA.replace('null', () => json))
}

function body(request, use) {
  let text = ''
  request.on('data', (chunk) => (text += chunk))
  request.on('end', () => use(text))
}

function one(response, value) {
  const nothing = { error: { code: 'not-found', message: 'There is none with this id, or no longer' } }
  return json(response, value ?? nothing, value ? 200 : 404)
}

function json(response, value, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(value))
}

function stream(request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const send = () => response.write(`event: sample\ndata: ${JSON.stringify(fake.sample(Date.now(), values.empty))}\n\n`)
  send()
  const timer = setInterval(send, 1000)
  request.on('close', () => clearInterval(timer))
}

function report(from, to) {
  const snapshot = fake.snapshot(to, to - from, options)
  const { active, history } = fake.alerts(to)
  return {
    timestamp: new Date(to).toISOString(),
    window: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    snapshot,
    alerts: calm ? [] : [...active, ...history],
    ...(calm ? { bottlenecks: [], recommendations: [], resolved: [], advice: null } : fake.findings(to)),
    verdict: calm
      ? { kind: 'well', severity: null, text: 'All is well: nothing slow, nothing failing.', moreCount: 0 }
      : { kind: 'finding', severity: 'high', text: 'GET /orders is slow: 51 queries per request.', moreCount: 2 },
  }
}

/** The names of history's columns, from core's source: a type cannot be asked at run time. */
function columnNames() {
  const source = readFileSync(fileURLToPath(new URL('../../core/src/types/window.ts', import.meta.url)), 'utf8')
  const list = (name) =>
    [...source.match(new RegExp(`${name} = \\[([^\\]]*)\\]`))[1].matchAll(/'([^']+)'/g)].map(([, field]) => field)
  return { system: list('SYSTEM_FIELDS'), runtime: list('RUNTIME_FIELDS') }
}
