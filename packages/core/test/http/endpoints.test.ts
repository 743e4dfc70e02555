// The contract's sections 5 and 6 as tables: method, path and query, Accept, credentials → status and what is in the answer.
import { describe, expect, it } from 'vitest'
import { PerfHttp } from '../../src/http/handler.js'
import type { AuthOptions } from '../../src/types/config.js'
import { aRequest, FakeSource, textOf } from './fake-source.js'

const NOW = '2026-01-01T00:00:00Z' // where the fake's clock stands
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
const PROMETHEUS =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
const ACCEPT: Record<string, string> = { chrome: CHROME, prometheus: PROMETHEUS }

// <1001 x> stands for so many x.
// method, path and query | Accept | status | what the body or a header holds
const ANSWERS = `
GET /                                            | -          | 200 | text/html
GET /                                            | chrome     | 200 | /perf signedIn=false
GET /                                            | application/json | 200 | text/html
HEAD /                                           | chrome     | 200 | text/html
GET /snapshot                                    | -          | 200 | {"snapshot":{}}
GET /snapshot/                                   | -          | 200 | {"snapshot":{}}
GET /snapshot                                    | chrome     | 200 | application/json; charset=utf-8
GET /snapshot?windowMs=60000                     | -          | 200 | {"snapshot":{"windowMs":60000}}
GET /snapshot?unknown=1&unknown=2                | -          | 200 | {"snapshot":{}}
HEAD /snapshot                                   | -          | 200 | application/json
GET /snapshot?windowMs=                          | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=0                         | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=-1                        | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=1.5                       | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=1e3                       | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=10s                       | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=NaN                       | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=Infinity                  | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=31622400000               | -          | 200 | 31622400000
GET /snapshot?windowMs=31622400001               | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=99999999999999999999      | -          | 400 | \`windowMs\`
GET /snapshot?windowMs=1000&windowMs=1000        | -          | 400 | \`windowMs\` was given 2 times
HEAD /snapshot?windowMs=x                        | -          | 400 | application/json
GET /traces                                      | -          | 200 | {"traces":[{"id":"t0","filter":{"component":null,"operation":null,"limit":50}},
GET /traces?component=http                       | -          | 200 | "component":"http","operation":null
GET /traces?component=http&operation=GET%20/a    | -          | 200 | "operation":"GET /a"
GET /traces?limit=1000                           | -          | 200 | "limit":1000
HEAD /traces                                     | -          | 200 | application/json
POST /traces                                     | -          | 405 | GET, HEAD, OPTIONS
GET /traces?operation=x                          | -          | 400 | \`component\` is needed
GET /traces?component=                           | -          | 400 | \`component\`
GET /traces?limit=0                              | -          | 400 | \`limit\`
GET /traces?limit=1001                           | -          | 400 | \`limit\`
GET /traces?limit=x                              | -          | 400 | \`limit\`
GET /traces?limit=1&limit=2                      | -          | 400 | \`limit\` was given 2 times
GET /traces/t0                                   | -          | 200 | {"id":"t0"}
GET /traces/t9                                   | -          | 404 | There is no trace with this id
GET /report                                      | -          | 200 | "format":"json"
GET /report                                      | */*        | 200 | "format":"json"
GET /report                                      | chrome     | 200 | "format":"html"
GET /report                                      | text/html  | 200 | script-src 'nonce-
GET /report                                      | text/csv   | 200 | "format":"csv"
GET /report                                      | text/csv   | 200 | text/csv; charset=utf-8
GET /report                                      | text/markdown | 200 | "format":"markdown"
GET /report                                      | text/markdown | 200 | text/markdown; charset=utf-8
GET /report                                      | text/*     | 200 | "format":"html"
GET /report                                      | application/* | 200 | "format":"json"
GET /report                                      | application/json, text/html | 200 | "format":"json"
GET /report                                      | text/html;q=0.5, text/csv;q=0.9 | 200 | "format":"csv"
GET /report                                      | image/png  | 406 | not-acceptable
GET /report                                      | text/html;q=0 | 406 | not-acceptable
GET /report                                      | image/png, */*;q=0.1 | 200 | "format":"json"
GET /report?format=json                          | chrome     | 200 | "format":"json"
GET /report?format=csv                           | text/html  | 200 | "format":"csv"
GET /report?format=html                          | -          | 200 | "format":"html"
GET /report?format=markdown                      | image/png  | 200 | "format":"markdown"
GET /report?format=pdf                           | -          | 400 | \`format\` must be one of json, csv, html, markdown
GET /report?format=JSON                          | -          | 400 | \`format\`
GET /report?format=                              | -          | 400 | \`format\`
GET /report?format=json&format=csv               | -          | 400 | \`format\`
GET /report?format=constructor                   | -          | 400 | \`format\`
GET /report?format=csv&download=1                | -          | 200 | attachment; filename="shop-api-report-2026-01-01T00-00-00Z.csv"
GET /report?format=markdown&download=true        | -          | 200 | .md"
GET /report?format=html&download=1               | -          | 200 | .html"
GET /report?download=yes                         | -          | 400 | \`download\`
GET /report?windowMs=60000                       | -          | 200 | "window":{"windowMs":60000}
GET /report?windowMs=60000&from=0                | -          | 400 | \`windowMs\`
GET /report?windowMs=60000&to=5                  | -          | 400 | \`windowMs\`
GET /report?from=2025-12-31&to=${NOW}            | -          | 200 | "window":{"from":1767139200000,"to":1767225600000}
GET /report?from=${NOW}&to=2025-12-31            | -          | 400 | \`from\` must be before \`to\`
GET /history?from=${NOW}&to=${NOW}               | -          | 400 | \`from\` must be before \`to\`
GET /report?from=yesterday                       | -          | 400 | \`from\`
GET /report?from=2026-01-02                      | -          | 400 | \`from\` is in the future
GET /report?to=                                  | -          | 400 | \`to\`
HEAD /report                                     | chrome     | 200 | text/html
HEAD /report                                     | image/png  | 406 | application/json
GET /history                                     | -          | 200 | {"history":{}}
GET /history?from=0                              | -          | 200 | {"history":{"from":0}}
GET /history?from=1767225000000&to=1767225600000 | -          | 200 | {"from":1767225000000,"to":1767225600000}
GET /history?from=2025-12-31T23:50:00Z           | -          | 200 | "from":1767225000000
GET /history?from=2025-12-31T23:50               | -          | 200 | "from":1767225000000
GET /history?from=2025-12-31T23:50:00.000Z       | -          | 200 | "from":1767225000000
GET /history?from=2026-01-01T00:50:00%2B01:00    | -          | 200 | "from":1767225000000
GET /history?from=2026-01-01T00:50:00+01:00      | -          | 200 | "from":1767225000000
GET /history?from=2025-12-31T18:50:00-0500       | -          | 200 | "from":1767225000000
GET /history?from=1767225000                     | -          | 400 | \`from\` takes epoch milliseconds
GET /history?from=2025-02-29                     | -          | 400 | \`from\`
GET /history?from=2025-13-01                     | -          | 400 | \`from\`
GET /history?from=2025-12-31T24:00               | -          | 400 | \`from\`
GET /history?from=2025-12-31T23:50:00%2B99:00    | -          | 400 | \`from\`
GET /history?from=-5                             | -          | 400 | \`from\`
GET /history?from=99999999999999999999           | -          | 400 | \`from\`
GET /history?from=%00                            | -          | 400 | \`from\`
GET /history?from=0&from=0                       | -          | 400 | \`from\`
GET /history?to=${NOW}&to=${NOW}                 | -          | 400 | \`to\`
GET /history?step=10000                          | -          | 200 | "stepMs":10000
GET /history?step=10s                            | -          | 200 | "stepMs":10000
GET /history?step=1500ms                         | -          | 200 | "stepMs":1500
GET /history?step=1m                             | -          | 200 | "stepMs":60000
GET /history?step=2h                             | -          | 200 | "stepMs":7200000
GET /history?step=1d                             | -          | 200 | "stepMs":86400000
GET /history?step=0                              | -          | 400 | \`step\`
GET /history?step=                               | -          | 400 | \`step\`
GET /history?step=-1s                            | -          | 400 | \`step\`
GET /history?step=1.5s                           | -          | 400 | \`step\`
GET /history?step=10S                            | -          | 400 | \`step\`
GET /history?step=1w                             | -          | 400 | \`step\`
GET /history?step=10%20s                         | -          | 400 | \`step\`
GET /history?step=999999999999999d               | -          | 400 | \`step\`
GET /history?step=1s&step=1s                     | -          | 400 | \`step\`
GET /history?from=0&step=1s                      | -          | 400 | \`step\` gives more than 5000 steps
GET /history?step=100ms                          | -          | 400 | \`step\` gives more than 5000 steps
GET /history?component=http                      | -          | 200 | {"component":"http"}
GET /history?component=http&operation=GET%20/a   | -          | 200 | {"component":"http","operation":"GET /a"}
GET /history?operation=GET%20/a                  | -          | 400 | \`component\`
GET /history?component=                          | -          | 400 | \`component\`
GET /history?component=a&component=b             | -          | 400 | \`component\`
GET /history?component=a&operation=              | -          | 400 | \`operation\`
GET /history?component=__proto__                 | -          | 200 | "component":"__proto__"
GET /history?detail=components                   | -          | 200 | "detail":"components"
GET /history?detail=operations                   | -          | 200 | "detail":"operations"
GET /history?detail=all                          | -          | 400 | \`detail\`
GET /history?component=<1001 x>                  | -          | 400 | \`component\`
HEAD /history                                    | -          | 200 | application/json
GET /alerts                                      | -          | 200 | {"active":[],"history":[],"silences":[]}
HEAD /alerts                                     | -          | 200 | application/json
GET /metrics                                     | -          | 200 | # prometheus
GET /metrics                                     | -          | 200 | text/plain; version=0.0.4; charset=utf-8
GET /metrics                                     | */*        | 200 | # prometheus
GET /metrics                                     | chrome     | 200 | # prometheus
GET /metrics                                     | image/png  | 200 | # prometheus
GET /metrics                                     | prometheus | 200 | # openmetrics
GET /metrics                                     | prometheus | 200 | application/openmetrics-text; version=1.0.0; charset=utf-8
GET /metrics                                     | application/openmetrics-text | 200 | # openmetrics
GET /metrics                                     | application/openmetrics-text; version=1.0.0; charset=utf-8 | 200 | # openmetrics
GET /metrics                                     | application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5 | 200 | # prometheus
GET /metrics                                     | application/openmetrics-text;q=0.2, text/plain;q=0.7 | 200 | # prometheus
GET /metrics                                     | text/plain | 200 | # prometheus
HEAD /metrics                                    | prometheus | 200 | application/openmetrics-text
HEAD /stream                                     | -          | 200 | text/event-stream
GET /health                                      | -          | 200 | "status":"ok"
HEAD /health                                     | -          | 200 | application/json
GET /profiles                                    | -          | 501 | not-implemented
POST /profiles                                   | -          | 501 | not-implemented
GET /profiles/p1?format=cpuprofile               | -          | 501 | not-implemented
HEAD /profiles                                   | -          | 501 | application/json
DELETE /alerts/silences/none                     | -          | 404 | not-found
DELETE /alerts/silences?id=none                  | -          | 404 | not-found
DELETE /alerts/silences                          | -          | 400 | \`id\`
DELETE /alerts/silences?id=                      | -          | 400 | \`id\`
DELETE /alerts/silences?id=a&id=b                | -          | 400 | \`id\`
DELETE /alerts/silences/%zz                      | -          | 400 | \`id\`
DELETE /alerts/silences/%00                      | -          | 404 | not-found
DELETE /alerts/silences/..%2f..%2fetc            | -          | 404 | not-found
POST /session                                    | -          | 404 | not-found
DELETE /session                                  | -          | 404 | not-found
GET /session                                     | -          | 405 | POST, DELETE, OPTIONS
POST /                                           | -          | 405 | GET, HEAD, OPTIONS
PUT /snapshot                                    | -          | 405 | GET, HEAD, OPTIONS
DELETE /snapshot                                 | -          | 405 | GET, HEAD, OPTIONS
PATCH /report                                    | -          | 405 | GET, HEAD, OPTIONS
TRACE /health                                    | -          | 405 | method-not-allowed
PROPFIND /history                                | -          | 405 | method-not-allowed
get /snapshot                                    | -          | 405 | method-not-allowed
GET /alerts/silences                             | -          | 405 | POST, DELETE, OPTIONS
HEAD /alerts/silences                            | -          | 405 | POST, DELETE, OPTIONS
PUT /profiles                                    | -          | 405 | GET, HEAD, POST, OPTIONS
DELETE /profiles/p1                              | -          | 405 | GET, HEAD, OPTIONS
OPTIONS /                                        | -          | 204 | GET, HEAD, OPTIONS
OPTIONS /snapshot                                | -          | 204 | GET, HEAD, OPTIONS
OPTIONS /profiles                                | -          | 204 | GET, HEAD, POST, OPTIONS
OPTIONS /alerts/silences                         | -          | 204 | POST, DELETE, OPTIONS
OPTIONS /nothing                                 | -          | 404 | not-found
GET /nothing                                     | -          | 404 | not-found
GET /nothing                                     | chrome     | 404 | application/json
POST /nothing                                    | -          | 404 | not-found
HEAD /nothing                                    | -          | 404 | application/json
GET /Snapshot                                    | -          | 404 | not-found
GET //                                           | -          | 404 | not-found
GET //snapshot                                   | -          | 404 | not-found
GET /snapshot//                                  | -          | 404 | not-found
GET /snapshot/x                                  | -          | 404 | not-found
GET /./snapshot                                  | -          | 404 | not-found
GET /../snapshot                                 | -          | 404 | not-found
GET /..%2fsnapshot                               | -          | 404 | not-found
GET /%2e%2e/%2e%2e/etc/passwd                    | -          | 404 | not-found
GET /snapshot%00                                 | -          | 404 | not-found
GET /snapshot%00.html                            | -          | 404 | not-found
GET /%00                                         | -          | 404 | not-found
GET /%                                           | -          | 404 | not-found
GET /%zz                                         | -          | 404 | not-found
GET /%ff%fe                                      | -          | 404 | not-found
GET /profiles/%ff                                | -          | 400 | percent-encoding
GET /\\snapshot                                  | -          | 404 | not-found
GET /snapshot;jsessionid=1                       | -          | 404 | not-found
GET /__proto__                                   | -          | 404 | not-found
GET /constructor                                 | -          | 404 | not-found
GET /profiles/                                   | -          | 501 | not-implemented
GET /profiles/a/b                                | -          | 404 | not-found
GET /<10000 a>                                   | -          | 404 | not-found
GET /profiles/<10000 a>                          | -          | 404 | not-found
GET /<5000 />                                    | -          | 404 | not-found
`

describe('method × path × query × Accept', () => {
  it.each(rows(ANSWERS))('%s | %s → %s %s', async (target, accept, status, content) => {
    const { method, url } = split(target)
    const http = new PerfHttp(new FakeSource())
    const response = await http.handle(aRequest({ method, url, headers: acceptHeader(accept) }))
    const text = await textOf(response)
    expect(response.status).toBe(Number(status))
    expect([...Object.entries(response.headers).map((pair) => pair.join(': ')), text].join('\n')).toContain(content)
    expect(response.headers['Cache-Control']).toContain('no-store')
    expect(response.headers['X-Content-Type-Options']).toBe('nosniff')
    expect(response.headers['Referrer-Policy']).toBe('no-referrer')
    if (method === 'HEAD' || response.status === 204) expect(response.body).toBeNull()
    else if (response.status >= 400) expect(JSON.parse(text)).toEqual(errorShape())
    if (response.status === 405) expect(response.headers.Allow).toContain('OPTIONS')
  })
})

const SWITCHED_OFF = `
enableDashboards | GET /                   | chrome     | 404 | enableDashboards
enableDashboards | GET /report             | chrome     | 200 | "format":"json"
enableDashboards | GET /report             | text/html  | 406 | not-acceptable
enableDashboards | GET /report?format=html | -          | 406 | not-acceptable
enableDashboards | GET /snapshot           | -          | 200 | snapshot
enableDashboards | GET /metrics            | -          | 200 | # prometheus
exportPrometheus | GET /metrics            | prometheus | 404 | exportPrometheus
exportPrometheus | GET /                   | chrome     | 200 | signedIn
`

describe('switched off', () => {
  it.each(rows(SWITCHED_OFF))('%s: %s | %s → %s %s', async (field, target, accept, status, content) => {
    const http = new PerfHttp(new FakeSource({ [field]: false }))
    const response = await http.handle(aRequest({ ...split(target), headers: acceptHeader(accept) }))
    expect(response.status).toBe(Number(status))
    expect(await textOf(response)).toContain(content)
  })
})

const POLICIES: Record<string, AuthOptions | null> = {
  loopback: null,
  open: false,
  token: { token: 's3cret' },
  basic: { username: 'ada', password: 'lövelace:1' },
  yes: async () => true,
  no: () => false,
}
const CREDENTIALS: Record<string, Record<string, string>> = {
  none: {},
  bearer: { authorization: 'Bearer s3cret' },
  BEARER: { authorization: 'BEARER s3cret' },
  wrongBearer: { authorization: 'Bearer s3cre' },
  longBearer: { authorization: 'Bearer s3crets' },
  emptyBearer: { authorization: 'Bearer ' },
  basic: basic('ada:lövelace:1'),
  wrongUser: basic('eve:lövelace:1'),
  wrongPassword: basic('ada:lövelace'),
  noColon: basic('ada'),
  notBase64: { authorization: 'Basic %%%' },
  digest: { authorization: 'Digest username="ada"' },
  junkCookie: { cookie: 'perf_session=1.2; perf_session=; other=perf_session' },
  forwarded: { forwarded: 'for=127.0.0.1' },
  xForwardedFor: { 'x-forwarded-for': '127.0.0.1' },
  emptyForwardedFor: { 'x-forwarded-for': '' },
  xRealIp: { 'x-real-ip': '127.0.0.1' },
  rebound: { host: 'evil.example' },
}

// policy | from | credentials | status for everything below the path, known or not
const ADMISSION = `
loopback | 127.0.0.1        | none              | in
loopback | 127.8.9.10       | none              | in
loopback | ::1              | none              | in
loopback | ::ffff:127.0.0.1 | none              | in
loopback | ::ffff:7f00:1    | none              | in
loopback | 10.0.0.7         | none              | 403
loopback | 128.0.0.1        | none              | 403
loopback | 0.0.0.0          | none              | 403
loopback | ::               | none              | 403
loopback | ::2              | none              | 403
loopback | ::ffff:10.0.0.7  | none              | 403
loopback | fe80::1          | none              | 403
loopback | localhost        | none              | 403
loopback | -                | none              | 403
loopback | 127.0.0.1        | forwarded         | 403
loopback | 127.0.0.1        | xForwardedFor     | 403
loopback | 127.0.0.1        | emptyForwardedFor | 403
loopback | 127.0.0.1        | xRealIp           | 403
loopback | 127.0.0.1        | rebound           | 403
loopback | 10.0.0.7         | bearer            | 403
open     | 10.0.0.7         | none              | in
open     | 127.0.0.1        | forwarded         | in
open     | -                | rebound           | in
token    | 127.0.0.1        | none              | 401
token    | 10.0.0.7         | none              | 401
token    | 10.0.0.7         | bearer            | in
token    | 127.0.0.1        | bearer            | in
token    | -                | BEARER            | in
token    | 10.0.0.7         | wrongBearer       | 401
token    | 10.0.0.7         | longBearer        | 401
token    | 10.0.0.7         | emptyBearer       | 401
token    | 10.0.0.7         | basic             | 401
token    | 10.0.0.7         | digest            | 401
token    | 10.0.0.7         | junkCookie        | 401
basic    | 127.0.0.1        | none              | 401
basic    | 10.0.0.7         | basic             | in
basic    | 10.0.0.7         | wrongUser         | 401
basic    | 10.0.0.7         | wrongPassword     | 401
basic    | 10.0.0.7         | noColon           | 401
basic    | 10.0.0.7         | notBase64         | 401
basic    | 10.0.0.7         | bearer            | 401
yes      | 10.0.0.7         | none              | in
yes      | 127.0.0.1        | forwarded         | in
no       | 127.0.0.1        | none              | 403
no       | 127.0.0.1        | bearer            | 403
`
// every kind of endpoint: page, data, negotiated, stream, state-changing, not there, wrong method
const TARGETS = `
GET /                    | chrome | 200
GET /                    | -      | 200
GET /snapshot            | -      | 200
GET /report              | chrome | 200
GET /history             | -      | 200
GET /alerts              | -      | 200
GET /metrics             | -      | 200
HEAD /stream             | -      | 200
GET /health              | -      | 200
GET /profiles            | -      | 501
POST /profiles           | -      | 501
DELETE /alerts/silences/x | -     | 404
GET /nothing             | -      | 404
PUT /snapshot            | -      | 405
OPTIONS /snapshot        | -      | 204
`

describe.each(rows(ADMISSION))('%s policy, from %s, %s → %s', (policy, from, credential, outcome) => {
  it.each(rows(TARGETS))('%s | %s', async (target, accept, admitted) => {
    const http = new PerfHttp(new FakeSource({ auth: POLICIES[policy] ?? null }))
    const remoteAddress = from === '-' ? undefined : from
    const headers = { ...acceptHeader(accept), ...CREDENTIALS[credential] }
    const raw = { headers, method: 'GET', url: '/' } as never
    const response = await http.handle(aRequest({ ...split(target), headers, remoteAddress, raw }))
    expect(response.status).toBe(Number(outcome === 'in' ? admitted : outcome))
    if (response.status === 401) {
      const challenge =
        policy === 'token' ? 'Bearer realm="perf-monitor"' : 'Basic realm="perf-monitor", charset="UTF-8"'
      expect(response.headers['WWW-Authenticate']).toBe(challenge)
    }
    const form = outcome === '401' && policy === 'token' && accept === 'chrome'
    if (response.status === 401 || response.status === 403) {
      expect(response.headers['Content-Type']).toMatch(form ? /^text\/html/ : /^application\/json/)
    }
  })
})

function rows(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(' | ').map((cell) => cell.trim()))
}

function split(target: string): { method: string; url: string } {
  const space = target.indexOf(' ')
  const url = target.slice(space + 1).trim()
  return {
    method: target.slice(0, space),
    url: url.replace(/<(\d+) (.)>/, (_, count, character) => character.repeat(count)),
  }
}

function acceptHeader(accept: string): Record<string, string> {
  return accept === '-' ? {} : { accept: ACCEPT[accept] ?? accept }
}

function basic(userAndPassword: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(userAndPassword, 'utf8').toString('base64')}` }
}

function errorShape(): unknown {
  return { error: { code: expect.stringMatching(/^[a-z-]+$/), message: expect.stringMatching(/\S/) } }
}
