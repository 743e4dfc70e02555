import { describe, expect, it } from 'vitest'
import { PerfHttp } from '../../src/http/handler.js'
import { aRequest, FakeSource, type RequestInput, textOf } from './fake-source.js'

const HOURS = 3_600_000
const BROWSER = { accept: 'text/html,*/*;q=0.8' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }

function setUp(token = 's3cret & more') {
  const source = new FakeSource({ auth: { token } })
  const http = new PerfHttp(source)
  const send = (input: RequestInput) => http.handle(aRequest(input))
  const signIn = (input: RequestInput = {}) =>
    send({
      method: 'POST',
      url: '/session',
      headers: FORM,
      body: new URLSearchParams({ token }).toString(),
      ...input,
    })
  return { source, http, send, signIn }
}

function cookieOf(response: { headers: Record<string, string> }): string {
  return (response.headers['Set-Cookie'] ?? '').split(';')[0] ?? ''
}

describe('signing in', () => {
  it('sets the cookie and goes to the page', async () => {
    const { signIn } = setUp()
    const response = await signIn()
    expect([response.status, response.headers.Location, response.body]).toEqual([303, '/perf', null])
    expect(response.headers['Set-Cookie']).toMatch(
      /^perf_session=\d+\.[\w-]{43}; Path=\/perf; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    expect(response.headers['Set-Cookie']).not.toContain('s3cret')
    expect(response.headers['Cache-Control']).toBe('no-store')
  })

  it('lets the cookie in everywhere, the stream included, and tells the page so', async () => {
    const { send, signIn } = setUp()
    const cookie = `theme=dark; ${cookieOf(await signIn())}; perf_session=someone-elses`
    for (const url of ['/', '/snapshot', '/report', '/metrics', '/health']) {
      expect((await send({ url, headers: { cookie } })).status).toBe(200)
    }
    expect((await send({ method: 'HEAD', url: '/stream', headers: { cookie } })).status).toBe(200)
    expect(await textOf(await send({ url: '/', headers: { cookie } }))).toContain('signedIn=true')
    const authorization = 'Bearer s3cret & more'
    expect(await textOf(await send({ url: '/', headers: { authorization } }))).toContain('signedIn=false')
  })

  it.each([
    [{ encrypted: true }, true],
    [{ headers: { ...FORM, origin: 'https://localhost:3000' } }, true],
    [{ headers: { ...FORM, origin: 'http://localhost:3000' } }, false],
    [{}, false],
  ])('%o: Secure %s', async (input, secure) => {
    const { signIn } = setUp()
    expect((await signIn(input)).headers['Set-Cookie']?.includes('; Secure')).toBe(secure)
  })

  it.each([
    ['/prefix/perf', '/prefix/perf', '/prefix/perf'],
    ['', '/', '/'],
    ['/a;b/perf', '/', '/a;b/perf'],
  ])('mounted at %s the path is %s', async (basePath, path, location) => {
    const response = await setUp().signIn({ basePath })
    expect(response.headers['Set-Cookie']).toContain(`; Path=${path}; `)
    expect(response.headers.Location).toBe(location)
  })

  it('shows the form again for a wrong token, without a cookie', async () => {
    const { signIn } = setUp()
    const response = await signIn({ headers: { ...FORM, ...BROWSER }, body: 'token=<b>wrong' })
    expect([response.status, response.headers['Set-Cookie']]).toEqual([401, undefined])
    expect(response.headers['Content-Type']).toBe('text/html; charset=utf-8')
    const html = await textOf(response)
    expect(html).toContain('These credentials are not right')
    expect(html).not.toContain('<b>wrong')
  })

  it('answers a program with JSON', async () => {
    const response = await setUp().signIn({ body: 'token=wrong' })
    expect(JSON.parse(await textOf(response))).toMatchObject({ error: { code: 'unauthorized' } })
  })

  it.each([
    ['no token', { body: '' }, 400],
    ['two tokens', { body: 'token=a&token=b' }, 400],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{"token":"s3cret"}' }, 415],
    ['no type', { headers: {} }, 415],
    ['too much', { body: `token=${'x'.repeat(1000)}` }, 413],
    ['an empty token', { body: 'token=' }, 401],
    ['invalid UTF-8', { body: new Uint8Array([0x74, 0xff, 0xfe]) }, 400],
  ])('%s → %o', async (_, input, status) => {
    expect((await setUp().signIn(input as RequestInput)).status).toBe(status)
  })
})

describe('the cookie', () => {
  it('expires by what is signed, whatever the browser keeps', async () => {
    const { source, send, signIn } = setUp()
    const headers = { cookie: cookieOf(await signIn()) }
    source.clock.advance(12 * HOURS - 1)
    expect((await send({ url: '/health', headers })).status).toBe(200)
    source.clock.advance(1)
    expect((await send({ url: '/health', headers })).status).toBe(401)
  })

  it('holds in another process with the same token, and in none with another', async () => {
    const headers = { cookie: cookieOf(await setUp('one').signIn()) }
    expect((await setUp('one').send({ url: '/health', headers })).status).toBe(200)
    expect((await setUp('two').send({ url: '/health', headers })).status).toBe(401)
  })

  it('is refused when anything in it was changed', async () => {
    const { send, signIn } = setUp()
    const cookie = cookieOf(await signIn())
    const value = cookie.slice('perf_session='.length)
    const [expiry = '', signature = ''] = value.split('.')
    const forged = [
      `${Number(expiry) + 1}.${signature}`,
      `9${expiry}.${signature}`,
      `0${expiry}.${signature}`,
      `${expiry}.${signature.slice(0, -2)}AA`,
      `${expiry}.${signature}A`,
      `${expiry}.`,
      `.${signature}`,
      expiry,
      `${expiry}.${'A'.repeat(43)}`,
      `${value}.${value}`,
      `"${value}"`,
      'true',
      '',
    ]
    for (const changed of forged) {
      const response = await send({ url: '/health', headers: { cookie: `perf_session=${changed}` } })
      expect([changed, response.status]).toEqual([changed, 401])
    }
    expect((await send({ url: '/health', headers: { cookie } })).status).toBe(200)
  })

  it('does not spend a signature on each of thousands', async () => {
    const { send, signIn } = setUp()
    const flood = 'perf_session=1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; '.repeat(200)
    const cookie = flood + cookieOf(await signIn())
    expect((await send({ url: '/health', headers: { cookie } })).status).toBe(401)
  })

  it('is taken back by signing out, from our own pages only', async () => {
    const { send } = setUp()
    const response = await send({ method: 'DELETE', url: '/session' })
    expect(response.status).toBe(204)
    expect(response.headers['Set-Cookie']).toBe('perf_session=; Path=/perf; Max-Age=0; HttpOnly; SameSite=Strict')
    const forged = await send({ method: 'DELETE', url: '/session', headers: { 'sec-fetch-site': 'cross-site' } })
    expect([forged.status, forged.headers['Set-Cookie']]).toEqual([403, undefined])
  })
})
