import { afterEach, describe, expect, it, vi } from 'vitest'
import { PerfHttp } from '../../src/http/handler.js'
import type { AuthOptions } from '../../src/types/config.js'
import { aRequest, FakeSource, type RequestInput, textOf } from './fake-source.js'

const TOKEN: AuthOptions = { token: 's3cret' }
const BROWSER = { accept: 'text/html,*/*;q=0.8' }

function setUp(auth: AuthOptions | null, overrides = {}) {
  const source = new FakeSource({ auth, ...overrides })
  const http = new PerfHttp(source)
  const send = (input: RequestInput = {}) => http.handle(aRequest({ url: '/snapshot', ...input }))
  return { source, http, send }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('nothing configured', () => {
  it('says once in the log how to open it', async () => {
    const { source, send } = setUp(null)
    await send({ remoteAddress: '10.0.0.7' })
    await send({ headers: { 'x-forwarded-for': '1.2.3.4' } })
    expect(source.log).toEqual([expect.stringMatching(/refused a request to \/perf from 10\.0\.0\.7.*set `auth`/)])
  })

  it('survives a logger that throws', async () => {
    const logger = {
      info: () => {},
      error: () => {},
      warn: () => {
        throw new Error('disk full')
      },
    }
    const { send } = setUp(null, { logger })
    expect((await send({ remoteAddress: '10.0.0.7' })).status).toBe(403)
  })

  it.each([
    ['localhost', 200],
    ['localhost:3000', 200],
    ['LOCALHOST', 200],
    ['app.localhost:3000', 200],
    ['127.0.0.1', 200],
    ['127.0.0.1:3000', 200],
    ['127.99.1.2', 200],
    ['[::1]', 200],
    ['[::1]:3000', 200],
    ['[::ffff:127.0.0.1]', 200],
    ['evil.example', 403],
    ['evil.example:3000', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['evillocalhost', 403],
    ['127.1', 403],
    ['2130706433', 403],
    ['0x7f.0.0.1', 403],
    ['0.0.0.0', 403],
    ['[::]', 403],
    ['10.0.0.7', 403],
    ['::1', 403],
    ['localhost:3000:80', 403],
    ['localhost:', 403],
    ['user@localhost', 403],
    ['localhost/evil.example', 403],
    ['localhost evil', 403],
    ['', 403],
  ])('Host %s → %d, so that a rebound name reads nothing', async (host, status) => {
    expect((await setUp(null).send({ headers: { host } })).status).toBe(status)
  })

  it('takes the authority of HTTP/2 for the host', async () => {
    const { http } = setUp(null)
    const request = (authority: string) => ({ ...aRequest({ url: '/health' }), headers: { ':authority': authority } })
    expect((await http.handle(request('localhost'))).status).toBe(200)
    expect((await http.handle(request('evil.example'))).status).toBe(403)
  })

  it('refuses a request without a host', async () => {
    const { http } = setUp(null)
    expect((await http.handle({ ...aRequest(), headers: {} })).status).toBe(403)
  })
})

describe('auth: false', () => {
  it('warns in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(setUp(false).source.log).toEqual([expect.stringContaining('auth: false in production')])
  })

  it('is quiet elsewhere', () => {
    vi.stubEnv('NODE_ENV', 'development')
    expect(setUp(false).source.log).toEqual([])
  })
})

describe('token', () => {
  it('takes a token beyond ASCII, as bytes', async () => {
    const { send } = setUp({ token: 'schlüssel' })
    const authorization = `Bearer ${Buffer.from('schlüssel', 'utf8').toString('latin1')}`
    expect((await send({ headers: { authorization } })).status).toBe(200)
  })

  it('shows the form to a browser at pages only', async () => {
    const { send } = setUp(TOKEN)
    const page = await send({ url: '/', headers: BROWSER })
    expect(page.status).toBe(401)
    expect(page.headers['Content-Type']).toBe('text/html; charset=utf-8')
    const html = await textOf(page)
    expect(html).toContain('<form method="post" action="/perf/session">')
    expect(html).not.toContain('<script')
    const nonce = /<style nonce="([^"]+)">/.exec(html)?.[1]
    expect(page.headers['Content-Security-Policy']).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    )
    expect((await send({ url: '/report', headers: BROWSER })).headers['Content-Type']).toMatch(/^text\/html/)
    for (const url of ['/report?format=csv', '/snapshot', '/metrics', '/stream', '/nothing']) {
      const answer = await send({ url, headers: BROWSER })
      expect([url, answer.status, answer.headers['Content-Type']]).toEqual([
        url,
        401,
        'application/json; charset=utf-8',
      ])
    }
  })

  it('shows no form where pages are switched off', async () => {
    const { send } = setUp(TOKEN, { enableDashboards: false })
    const answer = await send({ url: '/', headers: BROWSER })
    expect([answer.status, answer.headers['Content-Type']]).toEqual([401, 'application/json; charset=utf-8'])
    expect((await send({ method: 'POST', url: '/session' })).status).toBe(404)
  })

  it('escapes what it writes into the form', async () => {
    const { send } = setUp(TOKEN, { serviceName: '<img src=x>' })
    const html = await textOf(await send({ url: '/', headers: BROWSER, basePath: '/"><script>/perf' }))
    expect(html).not.toMatch(/<script|<img/)
  })
})

describe('guessing', () => {
  const wrong = { headers: { authorization: 'Bearer wrong' } }
  const right = { headers: { authorization: 'Bearer s3cret' } }

  it('ends after 10 failures a minute, for the right token too, and only for that address', async () => {
    const { source, send } = setUp(TOKEN)
    for (let i = 0; i < 10; i++) expect((await send(wrong)).status).toBe(401)
    source.clock.advance(20_000)
    const refused = await send(wrong)
    expect([refused.status, refused.headers['Retry-After']]).toEqual([429, '40'])
    expect((await send(right)).status).toBe(429)
    expect((await send({ ...right, remoteAddress: '10.0.0.7' })).status).toBe(200)
    source.clock.advance(40_000)
    expect((await send(right)).status).toBe(200)
  })

  it('counts the form and the header together, and shows the form again', async () => {
    const { send } = setUp(TOKEN)
    const form = {
      method: 'POST',
      url: '/session',
      headers: { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded' },
    }
    for (let i = 0; i < 5; i++) await send(wrong)
    for (let i = 0; i < 5; i++) expect((await send({ ...form, body: 'token=wrong' })).status).toBe(401)
    const refused = await send({ ...form, body: 'token=s3cret' })
    expect([refused.status, refused.headers['Content-Type']]).toEqual([429, 'text/html; charset=utf-8'])
    expect(refused.headers['Retry-After']).toBe('60')
    expect(await textOf(refused)).toContain('Too many wrong credentials')
  })

  it('does not count requests without credentials', async () => {
    const { send } = setUp(TOKEN)
    for (let i = 0; i < 30; i++) await send()
    expect((await send(right)).status).toBe(200)
  })

  it('counts an IPv6 network as one', async () => {
    const { send } = setUp(TOKEN)
    for (let i = 1; i <= 10; i++) await send({ ...wrong, remoteAddress: `2001:db8:1:2::${i}` })
    expect((await send({ ...right, remoteAddress: '2001:db8:1:2:aaaa:bbbb:cccc:dddd' })).status).toBe(429)
    expect((await send({ ...right, remoteAddress: '2001:db8:1:3::1' })).status).toBe(200)
  })

  it('applies to passwords as well', async () => {
    const { send } = setUp({ username: 'ada', password: 'x' })
    const authorization = `Basic ${Buffer.from('ada:y').toString('base64')}`
    for (let i = 0; i < 10; i++) expect((await send({ headers: { authorization } })).status).toBe(401)
    expect((await send({ headers: { authorization } })).status).toBe(429)
  })
})

describe('function', () => {
  const raw = { headers: { 'x-team': 'core' }, method: 'GET', url: '/perf/snapshot' } as unknown as RequestInput['raw']

  it('gets the request of Node', async () => {
    const { send } = setUp((request) => request === raw && request?.headers['x-team'] === 'core')
    expect((await send({ raw })).status).toBe(200)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    [
      'throws nothing much',
      () => {
        throw undefined
      },
    ],
    ['returns something that is no boolean', () => 'yes' as unknown as boolean],
    ['returns nothing', () => undefined as unknown as boolean],
    ['resolves to false', async () => false],
  ])('that %s refuses', async (_, auth) => {
    expect((await setUp(auth as AuthOptions).send({ raw })).status).toBe(403)
  })

  it('that fails is a fault at /health, without its message to the client', async () => {
    const { source, send } = setUp(() => {
      throw new Error('db password')
    })
    expect(await textOf(await send({ raw }))).not.toContain('db password')
    expect(source.guard.faults).toMatchObject([{ part: 'auth', lastError: 'db password' }])
  })

  it('that never answers refuses in the end', async () => {
    const { source, send } = setUp(() => new Promise<boolean>(() => {}))
    const answer = send({ raw })
    await vi.waitFor(() => expect(source.clock.timerCount).toBe(1))
    source.clock.advance(10_000)
    expect((await answer).status).toBe(403)
    expect(source.clock.timerCount).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const { source, send } = setUp(async () => true)
    await send({ raw })
    expect(source.clock.timerCount).toBe(0)
  })

  it('without a request of Node refuses', async () => {
    expect((await setUp(() => true).send()).status).toBe(403)
  })
})

// method | Sec-Fetch-Site | Origin | Host | taken
const CROSS_SITE: [string, string | null, string | null, string, boolean][] = [
  ['POST', null, null, 'localhost:3000', true],
  ['POST', 'same-origin', 'http://localhost:3000', 'localhost:3000', true],
  ['POST', 'none', null, 'localhost:3000', true],
  ['POST', 'same-origin', null, 'localhost:3000', true],
  ['POST', 'same-site', null, 'localhost:3000', false],
  ['POST', 'cross-site', null, 'localhost:3000', false],
  ['POST', 'cross-site', 'http://localhost:3000', 'localhost:3000', false],
  ['POST', 'nonsense', null, 'localhost:3000', false],
  ['POST', null, 'http://localhost:3000', 'localhost:3000', true],
  ['POST', null, 'https://localhost:3000', 'localhost:3000', true],
  ['POST', null, 'http://LOCALHOST:3000', 'localhost:3000', true],
  ['POST', null, 'http://localhost', 'localhost:80', true],
  ['POST', null, 'https://localhost', 'localhost:443', true],
  ['POST', null, 'http://localhost', 'localhost:443', false],
  ['POST', null, 'http://localhost:3001', 'localhost:3000', false],
  ['POST', null, 'http://evil.example', 'localhost:3000', false],
  ['POST', 'same-origin', 'http://evil.example', 'localhost:3000', false],
  ['POST', null, 'http://localhost:3000.evil.example', 'localhost:3000', false],
  ['POST', null, 'http://localhost:3000@evil.example', 'localhost:3000', false],
  ['POST', null, 'null', 'localhost:3000', false],
  ['POST', null, '', 'localhost:3000', false],
  ['POST', null, 'file://localhost:3000', 'localhost:3000', false],
  ['POST', null, 'chrome-extension://localhost:3000', 'localhost:3000', false],
  ['DELETE', 'cross-site', null, 'localhost:3000', false],
  ['DELETE', null, null, 'localhost:3000', true],
  ['PUT', 'cross-site', null, 'localhost:3000', false],
  ['GET', 'cross-site', null, 'localhost:3000', true],
  ['HEAD', 'cross-site', 'http://evil.example', 'localhost:3000', true],
  ['OPTIONS', 'cross-site', 'http://evil.example', 'localhost:3000', true],
]

describe.each([
  ['nothing configured', null, {}],
  ['everyone', false as const, {}],
  ['token', TOKEN, { authorization: 'Bearer s3cret' }],
])('requests from other sites, %s', (_, auth, credentials) => {
  it.each(CROSS_SITE)('%s, site %s, origin %s, host %s: taken %s', async (method, site, origin, host, taken) => {
    const { source, send } = setUp(auth)
    const silence = source.silence({ matcher: { rule: 'r' }, durationMs: 1000 })
    const url = method === 'DELETE' ? `/alerts/silences/${silence.id}` : method === 'POST' ? '/profiles' : '/snapshot'
    const headers = {
      host,
      ...credentials,
      ...(site !== null && { 'sec-fetch-site': site }),
      ...(origin !== null && { origin }),
    }
    const response = await send({ method, url, headers })
    expect(response.status === 403).toBe(!taken)
    if (method === 'DELETE') expect(source.silences.has(silence.id)).toBe(!taken)
  })
})

it('does not count a forged sign-in against the victim', async () => {
  const { send } = setUp(TOKEN)
  const forged = {
    method: 'POST',
    url: '/session',
    headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'token=wrong',
  }
  for (let i = 0; i < 20; i++) expect((await send(forged)).status).toBe(403)
  expect((await send({ headers: { authorization: 'Bearer s3cret' } })).status).toBe(200)
})
