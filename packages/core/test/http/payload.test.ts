import { describe, expect, it } from 'vitest'
import { Silences } from '../../src/alerts/silences.js'
import { PerfHttp } from '../../src/http/handler.js'
import type { SilenceMatcher } from '../../src/types/alerts.js'
import { aRequest, FakeSource, type RequestInput, textOf } from './fake-source.js'

const JSON_TYPE = { 'content-type': 'application/json' }

function post(body: unknown, input: RequestInput = {}) {
  const source = new FakeSource()
  const http = new PerfHttp(source)
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = http.handle(
    aRequest({ method: 'POST', url: '/alerts/silences', headers: JSON_TYPE, body: text, ...input }),
  )
  return { source, http, response }
}

it('a silence is made, listed and taken back, by path and by query', async () => {
  const matcher: SilenceMatcher = {
    rule: 'slow',
    type: 'slow-response',
    severity: 'warning',
    component: 'http',
    operation: 'GET /a',
  }
  const { source, http, response } = post({ matcher, durationMs: 60_000, comment: 'deploy' })
  expect((await response).status).toBe(201)
  expect(JSON.parse(await textOf(await response))).toEqual({
    id: 's1',
    matcher,
    comment: 'deploy',
    createdAt: '2026-01-01T00:00:00.000Z',
    endsAt: '2026-01-01T00:01:00.000Z',
  })
  const listed = await http.handle(aRequest({ url: '/alerts' }))
  expect(JSON.parse(await textOf(listed)).silences).toHaveLength(1)
  const remove = async (url: string) => (await http.handle(aRequest({ method: 'DELETE', url }))).status
  expect(await remove('/alerts/silences/%73%31')).toBe(204)
  expect(await remove('/alerts/silences/s1')).toBe(404)
  source.silence({ matcher, durationMs: 1 })
  expect(await remove('/alerts/silences?id=s1')).toBe(204)
  expect(source.silences.size).toBe(0)
})

it('a comment may be left out or null', async () => {
  for (const extra of [{}, { comment: null }]) {
    const { response } = post({ matcher: { rule: 'r' }, durationMs: 1, ...extra })
    expect(JSON.parse(await textOf(await response)).comment).toBeNull()
  }
})

const matcher = { rule: 'r' }

describe('refused with 400 that names the field', () => {
  it.each<[unknown, string]>([
    ['', 'not valid JSON'],
    ['{', 'not valid JSON'],
    ['{"matcher":{},}', 'not valid JSON'],
    [`${'['.repeat(400)}`, 'not valid JSON'],
    [new Uint8Array([0x22, 0xff, 0x22]), 'not valid UTF-8'],
    ['null', '`body`'],
    ['[]', '`body`'],
    ['"text"', '`body`'],
    ['7', '`body`'],
    [{}, '`durationMs`'],
    [{ matcher }, '`durationMs`'],
    [{ matcher, durationMs: '60000' }, '`durationMs`'],
    [{ matcher, durationMs: '60000' }, String.raw`got \"60000\"`],
    [{ matcher, durationMs: 1.5 }, '`durationMs`'],
    [{ matcher, durationMs: null }, 'got null'],
    [{ matcher, durationMs: [] }, 'got an array of 0'],
    [{ durationMs: 1 }, '`matcher`'],
    [{ matcher: null, durationMs: 1 }, '`matcher`'],
    [{ matcher: [], durationMs: 1 }, '`matcher`'],
    [{ matcher: 'r', durationMs: 1 }, '`matcher`'],
    [{ matcher: {}, durationMs: 1 }, '`matcher` needs at least one'],
    [{ matcher: { ruel: 'r' }, durationMs: 1 }, '`matcher.ruel`'],
    ['{"matcher":{"__proto__":{"rule":"r"}},"durationMs":1}', '`matcher.__proto__`'],
    [{ matcher: { rule: '' }, durationMs: 1 }, '`matcher.rule`'],
    [{ matcher: { rule: 7 }, durationMs: 1 }, '`matcher.rule`'],
    [{ matcher: { rule: null }, durationMs: 1 }, '`matcher.rule`'],
    [{ matcher: { type: 'slow' }, durationMs: 1 }, '`matcher.type`'],
    [{ matcher: { type: 'constructor' }, durationMs: 1 }, '`matcher.type`'],
    [{ matcher: { severity: 'fatal' }, durationMs: 1 }, '`matcher.severity`'],
    [{ matcher, durationMs: 1, until: 'tomorrow' }, '`until` is unknown'],
    [{ matcher, durationMs: 1, comment: 7 }, '`comment`'],
    [{ matcher, durationMs: 1, comment: '' }, '`comment`'],
  ])('%j', async (body, named) => {
    const { source, response } = post(body)
    expect((await response).status).toBe(400)
    expect(await textOf(await response)).toContain(named)
    expect(source.silences.size).toBe(0)
  })
})

it.each([0, -1, 2_592_000_001, 31_622_400_000, 1e300])(
  'how long a silence may be is said once: %s',
  async (durationMs) => {
    const source = new FakeSource()
    const silences = new Silences(source.clock, 10)
    source.silence = (input) => silences.add(input)
    const body = JSON.stringify({ matcher, durationMs })
    const response = await new PerfHttp(source).handle(
      aRequest({ method: 'POST', url: '/alerts/silences', headers: JSON_TYPE, body }),
    )
    expect(response.status).toBe(400)
    expect(await textOf(response)).toContain('`durationMs` must be a number from 1 to 2592000000 (30 days)')
  },
)

it.each<[string, RequestInput, number]>([
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['plain text, as a form of another site could send it', { headers: { 'content-type': 'text/plain' } }, 415],
  ['no type', { headers: {} }, 415],
  ['a look-alike', { headers: { 'content-type': 'application/jsonp' } }, 415],
  ['compressed', { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }, 415],
  ['a charset', { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }, 201],
  ['too long', { body: JSON.stringify({ matcher, durationMs: 1, comment: 'x'.repeat(1000) }) }, 413],
])('%s', async (_, input, status) => {
  expect((await post({ matcher, durationMs: 1 }, input).response).status).toBe(status)
})
