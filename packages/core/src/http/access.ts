// Who may see the endpoints: contract section 6, and nothing beside it.
import { PerfHttpError } from '../errors.js'
import type { Guard } from '../guard.js'
import type { AuthRequest, ResolvedConfig } from '../types/config.js'
import type { PerfRequest } from '../types/http.js'
import { FailedAttempts } from './attempts.js'
import { header, hostOf, isCrossSite, isForwarded, isLoopbackAddress, isLoopbackHost } from './origin.js'
import { credentials, Secret, userAndPassword } from './secrets.js'
import { Sessions } from './session.js'

const AUTH_FUNCTION_LIMIT_MS = 10_000 // an app's check may ask a database; one that never answers is a refusal
const BEARER_CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="perf-monitor"' }
const BASIC_CHALLENGE = { 'WWW-Authenticate': 'Basic realm="perf-monitor", charset="UTF-8"' }
const HOW_TO_OPEN =
  'By default only direct connections from this machine are served: set `auth` ' +
  '(for example auth: { token: process.env.PERF_TOKEN }) to let others in, see docs/security.md'

export interface Admission {
  /** By the cookie of the sign-in form: signing out makes sense. */
  signedIn: boolean
}

type AuthFunction = (request: AuthRequest) => boolean | Promise<boolean>
type Policy =
  | { kind: 'loopback' }
  | { kind: 'everyone' }
  | { kind: 'token'; token: Secret; sessions: Sessions }
  | { kind: 'basic'; username: Secret; password: Secret }
  | { kind: 'function'; decide: AuthFunction }

export class Access {
  readonly #config: ResolvedConfig
  readonly #guard: Guard
  readonly #policy: Policy
  readonly #attempts: FailedAttempts
  #explained = false

  constructor(config: ResolvedConfig, guard: Guard) {
    this.#config = config
    this.#guard = guard
    this.#policy = policyOf(config)
    this.#attempts = new FailedAttempts(config.clock)
    if (this.#policy.kind === 'everyone' && process.env.NODE_ENV === 'production') {
      this.#warn(`auth: false in production: everyone who reaches ${config.path} sees it. Set auth to a token`)
    }
  }

  /** Throws the refusal (401, 403, 429). `open`: for signing in and out, which need no credentials. */
  async admit(request: PerfRequest, open: boolean): Promise<Admission> {
    if (this.#policy.kind === 'loopback') this.#requireDirect(request)
    if (isCrossSite(request)) {
      throw new PerfHttpError('forbidden', 'Requests that change something are not taken from other sites')
    }
    switch (this.#policy.kind) {
      case 'token':
        return open ? { signedIn: false } : this.#requireToken(request, this.#policy)
      case 'basic':
        return this.#requireBasic(request, this.#policy)
      case 'function':
        return this.#ask(request, this.#policy.decide)
      default:
        return { signedIn: false }
    }
  }

  /** Whether there is a sign-in form. */
  get hasSignIn(): boolean {
    return this.#policy.kind === 'token' && this.#config.enableDashboards
  }

  /** `Set-Cookie` for the right token; throws 401 or 429 for another one. */
  signIn(request: PerfRequest, token: string): string {
    if (this.#policy.kind !== 'token') throw new PerfHttpError('not-found', 'There is nothing to sign in to')
    this.#attempts.check(request.remoteAddress)
    if (!this.#policy.token.equals(Buffer.from(token, 'utf8'))) throw this.#failed(request, BEARER_CHALLENGE)
    return this.#policy.sessions.issue(request)
  }

  #requireDirect(request: PerfRequest): void {
    const direct = isLoopbackAddress(request.remoteAddress) && !isForwarded(request)
    if (direct && isLoopbackHost(hostOf(request))) return
    if (!this.#explained) {
      this.#explained = true
      this.#warn(
        `refused a request to ${this.#config.path} from ${request.remoteAddress ?? 'a socket'}. ${HOW_TO_OPEN}`,
      )
    }
    const reason = direct ? 'The Host header names another machine. ' : ''
    throw new PerfHttpError('forbidden', reason + HOW_TO_OPEN)
  }

  #requireToken(request: PerfRequest, policy: Policy & { kind: 'token' }): Admission {
    const authorization = header(request, 'authorization')
    const bearer = credentials(authorization, 'bearer')
    if (bearer === null) {
      if (policy.sessions.valid(request)) return { signedIn: true }
      throw new PerfHttpError('unauthorized', 'Send `Authorization: Bearer <token>`', BEARER_CHALLENGE)
    }
    this.#attempts.check(request.remoteAddress)
    if (!policy.token.equals(bearer)) throw this.#failed(request, BEARER_CHALLENGE)
    return { signedIn: false }
  }

  #requireBasic(request: PerfRequest, policy: Policy & { kind: 'basic' }): Admission {
    const basic = credentials(header(request, 'authorization'), 'basic')
    if (basic === null) {
      throw new PerfHttpError('unauthorized', 'Send a user name and password (HTTP Basic)', BASIC_CHALLENGE)
    }
    this.#attempts.check(request.remoteAddress)
    const given = userAndPassword(basic)
    // both are compared always: a right name must not show in the time
    const rightName = policy.username.equals(given?.username ?? Buffer.alloc(0))
    const rightPassword = policy.password.equals(given?.password ?? Buffer.alloc(0))
    if (given === null || !rightName || !rightPassword) throw this.#failed(request, BASIC_CHALLENGE)
    return { signedIn: false }
  }

  async #ask(request: PerfRequest, decide: AuthFunction): Promise<Admission> {
    if (!(await this.#guard.runAsync('auth', () => this.#decision(request, decide), false))) {
      throw new PerfHttpError('forbidden', 'The app does not let this request in')
    }
    return { signedIn: false }
  }

  #decision(request: PerfRequest, decide: AuthFunction): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const { raw } = request
      if (raw === undefined) throw new Error("an `auth` function needs Node's request, and this adapter gives none")
      const limit = this.#config.clock.after(AUTH_FUNCTION_LIMIT_MS, () => {
        reject(new Error(`the \`auth\` function did not answer within ${AUTH_FUNCTION_LIMIT_MS} ms`))
      })
      new Promise<boolean>((answer) => answer(decide(raw)))
        .then((allowed) => resolve(allowed === true), reject)
        .finally(() => limit.cancel())
    })
  }

  #failed(request: PerfRequest, challenge: Record<string, string>): PerfHttpError {
    this.#attempts.add(request.remoteAddress)
    return new PerfHttpError('unauthorized', 'These credentials are not right', challenge)
  }

  #warn(message: string): void {
    this.#guard.run('logger', () => this.#config.logger.warn(`[perf-monitor] ${message}`), undefined)
  }
}

function policyOf({ auth, clock }: ResolvedConfig): Policy {
  if (auth === null) return { kind: 'loopback' }
  if (auth === false) return { kind: 'everyone' }
  if (typeof auth === 'function') return { kind: 'function', decide: auth }
  if ('token' in auth)
    return { kind: 'token', token: new Secret(auth.token), sessions: new Sessions(auth.token, clock) }
  return { kind: 'basic', username: new Secret(auth.username), password: new Secret(auth.password) }
}
