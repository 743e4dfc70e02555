import { describe, expect, test } from 'vitest'
import { PerfMonitorError, ProfileRefusal, type ProfileRefusalReason } from '../../src/errors.js'
import { PerfHttp } from '../../src/http/handler.js'
import type { ProfileSource } from '../../src/http/source.js'
import type { Profile } from '../../src/types/metrics.js'
import { aRequest, FakeSource, textOf } from './fake-source.js'

const PROFILE: Profile = {
  ...{
    id: 'p1',
    type: 'cpu',
    state: 'complete',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1000,
    sizeBytes: 2,
  },
  ...{ error: null, unit: 'ms', total: 900, functions: [], places: [], operations: [] },
}

class ProfilesSource extends FakeSource {
  readonly begun: unknown[] = []
  profile: Profile = PROFILE
  refusal: Error | null = null
  readonly profiles: ProfileSource = {
    data: { available: true, reason: null, running: null, profiles: [] },
    begin: (options) => {
      if (this.refusal !== null) throw this.refusal
      this.begun.push(options)
      return { ...PROFILE, state: 'running' }
    },
    get: (id) => (id === 'p1' ? this.profile : null),
    file: () => (this.profile.state === 'complete' ? Buffer.from('{}') : null),
    flame: () => (this.profile.state === 'complete' ? Buffer.from('{"name":"(root)"}') : null),
  }
}

async function send(
  method: string,
  url: string,
  options: { source?: ProfilesSource; body?: string; type?: string } = {},
) {
  const { source = new ProfilesSource(), body, type = 'application/json' } = options
  const headers = { 'content-type': type }
  const response = await new PerfHttp(source).handle(
    aRequest({ method, url, headers, ...(body !== undefined && { body }) }),
  )
  return { status: response.status, headers: response.headers, text: await textOf(response), source }
}

test('POST begins one and says where it will be', async () => {
  const { status, headers, text, source } = await send('POST', '/profiles', {
    body: '{"type":"cpu","durationMs":5000}',
  })
  expect(status).toBe(202)
  expect(headers.Location).toBe('/perf/profiles/p1')
  expect(JSON.parse(text)).toMatchObject({ id: 'p1', state: 'running' })
  expect(source.begun).toEqual([{ type: 'cpu', durationMs: 5000 }])
  const { source: other } = await send('POST', '/profiles', { body: '{"type":"heap"}' })
  expect(other.begun).toEqual([{ type: 'heap', durationMs: 10_000 }])
})

test.each([
  ['{"type":"wall"}', 400, String.raw`got \"wall\"`],
  ['{}', 400, '`type`'],
  ['{"type":"constructor"}', 400, '`type`'],
  ['{"type":"cpu","durationMs":"5"}', 400, '`durationMs`'],
  ['{"type":"cpu","duration":5}', 400, '`duration`'],
  ['[]', 400, 'body'],
  ['{', 400, 'JSON'],
])('POST %s → %s %s', async (body, status, text) => {
  const answer = await send('POST', '/profiles', { body })
  expect([answer.status, answer.source.begun]).toEqual([status, []])
  expect(answer.text).toContain(text)
})

describe('what the profiler refuses', () => {
  test.each<[ProfileRefusalReason, number]>([
    ['running', 409],
    ['busy', 429],
    ['memory', 429],
    ['off', 404],
    ['unavailable', 501],
  ])('%s → %s', async (reason, status) => {
    const source = new ProfilesSource()
    source.refusal = new ProfileRefusal(reason, 'because of this')
    const answer = await send('POST', '/profiles', { source, body: '{"type":"cpu"}' })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text).error.message).toBe('because of this')
    expect(answer.headers['Retry-After'] !== undefined).toBe(status === 429)
    expect(source.guard.faults).toEqual([])
  })

  test('a bad duration is a bad request', async () => {
    const source = new ProfilesSource()
    source.refusal = new PerfMonitorError('PERF_ARGUMENT_INVALID', '`durationMs` is too long')
    expect((await send('POST', '/profiles', { source, body: '{"type":"cpu"}' })).status).toBe(400)
  })
})

test.each([
  ['GET', '/profiles', 200, '"available":true'],
  ['HEAD', '/profiles', 200, ''],
  ['GET', '/profiles/p1', 200, '"functions":[]'],
  ['GET', '/profiles/p1?format=json', 200, '"total":900'],
  ['GET', '/profiles/p1?format=cpuprofile', 200, '{}'],
  ['GET', '/profiles/p1?format=heapprofile', 400, '`format`'],
  ['GET', '/profiles/p1?format=flame', 200, '{"name":"(root)"}'],
  ['GET', '/profiles/p2?format=flame', 404, 'not-found'],
  ['GET', '/profiles/p1?format=svg', 400, '`format`'],
  ['GET', '/profiles/p2', 404, 'not-found'],
  ['GET', '/profiles/p2?format=cpuprofile', 404, 'not-found'],
])('%s %s → %s', async (method, url, status, content) => {
  const answer = await send(method, url)
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(content)
})

test('the file is one to be saved, and 409 until it is complete', async () => {
  const { headers } = await send('GET', '/profiles/p1?format=cpuprofile')
  expect(headers['Content-Disposition']).toBe('attachment; filename="cpu-2026-01-01T00-00-00Z.cpuprofile"')
  for (const state of ['running', 'failed'] as const) {
    const source = new ProfilesSource()
    source.profile = { ...PROFILE, state, error: state === 'failed' ? 'too large' : null }
    const answer = await send('GET', '/profiles/p1?format=cpuprofile', { source })
    expect(answer.status).toBe(409)
    expect(answer.text).toContain(state === 'failed' ? 'too large' : 'being taken')
    expect((await send('GET', '/profiles/p1', { source })).status).toBe(200)
  }
})
