// The cookie that the sign-in form sets: an expiry and its signature. Nothing is stored, so it holds in every process
// that has the same token, and ends when the token changes.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { PerfRequest } from '../types/http.js'
import { header } from './origin.js'

const SESSION_COOKIE = 'perf_session'
const SESSION_MS = 12 * 3_600_000 // a working day
const MAX_CANDIDATES = 8 // cookies of that name from other paths or ports of the same host; each costs a signature

export class Sessions {
  readonly #key: Buffer
  readonly #clock: Clock

  constructor(token: string, clock: Clock) {
    this.#key = Buffer.from(hkdfSync('sha256', token, '', 'perf-monitor session', 32))
    this.#clock = clock
  }

  /** Whether the request carries a cookie that we signed and that has not expired. */
  valid(request: PerfRequest): boolean {
    return cookieValues(request)
      .slice(0, MAX_CANDIDATES)
      .some((value) => this.#isValid(value))
  }

  /** `Set-Cookie` that signs in. */
  issue(request: PerfRequest): string {
    const expiresAt = String(this.#clock.now() + SESSION_MS)
    const signature = this.#sign(expiresAt).toString('base64url')
    return setCookie(request, { value: `${expiresAt}.${signature}`, maxAgeSeconds: SESSION_MS / 1000 })
  }

  #isValid(value: string): boolean {
    const match = /^(\d{1,16})\.([\w-]{43})$/.exec(value)
    if (match === null) return false
    const [, expiresAt = '', signature = ''] = match
    const given = Buffer.from(signature, 'base64url')
    const expected = this.#sign(expiresAt)
    return given.length === expected.length && timingSafeEqual(given, expected) && Number(expiresAt) > this.#clock.now()
  }

  #sign(expiresAt: string): Buffer {
    return createHmac('sha256', this.#key).update(expiresAt).digest()
  }
}

/** `Set-Cookie` that signs out. */
export function clearedSession(request: PerfRequest): string {
  return setCookie(request, { value: '', maxAgeSeconds: 0 })
}

function setCookie(request: PerfRequest, cookie: { value: string; maxAgeSeconds: number }): string {
  // a path with a semicolon cannot be said in a cookie: then it is sent to all of the host
  const path = /^[\x21-\x3a\x3c-\x7e]+$/.test(request.basePath) ? request.basePath : '/'
  // behind a proxy that ends TLS the browser's origin tells; it was checked to be ours
  const secure = request.encrypted || header(request, 'origin')?.startsWith('https:') === true
  return [
    `${SESSION_COOKIE}=${cookie.value}`,
    `Path=${path}`,
    `Max-Age=${cookie.maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ].join('; ')
}

function cookieValues(request: PerfRequest): string[] {
  const values: string[] = []
  for (const pair of (header(request, 'cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === SESSION_COOKIE) values.push(pair.slice(equals + 1).trim())
  }
  return values
}
