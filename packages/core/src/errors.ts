// Every error that the package throws or answers has a code from one of these tables; docs/errors.md is held to them by a test.

/** Codes of errors thrown to the app. */
export const ERROR_CODES = {
  PERF_CONFIG_INVALID: 'The configuration has one or more bad fields; the message lists them all.',
  PERF_NOT_AVAILABLE: 'The feature does not exist yet in this version.',
  PERF_ARGUMENT_INVALID: 'A method was called with a bad argument.',
  PERF_PROFILE_REFUSED: 'A profile cannot be taken now; the message says why.',
  PERF_PROFILE_FAILED: 'A profile was begun and could not be completed; the message says why.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** Codes of `{error: {code, message}}` answers, with their HTTP status. */
export const HTTP_ERROR_CODES = {
  'bad-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  'internal-error': 500,
  'not-implemented': 501,
} as const

export type HttpErrorCode = keyof typeof HTTP_ERROR_CODES

export class PerfMonitorError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(`[perf-monitor] ${message}`, options)
    this.name = 'PerfMonitorError'
    this.code = code
  }
}

/** Why a profile is not taken: one runs, the app is at its limit, memory is short, switched off, or it cannot be done here. */
export type ProfileRefusalReason = 'running' | 'busy' | 'memory' | 'off' | 'unavailable'

export class ProfileRefusal extends PerfMonitorError {
  readonly reason: ProfileRefusalReason

  constructor(reason: ProfileRefusalReason, message: string) {
    super('PERF_PROFILE_REFUSED', message)
    this.reason = reason
  }
}

/** An answer other than success; `headers` are added to it. */
export class PerfHttpError extends Error {
  readonly code: HttpErrorCode
  readonly status: number
  readonly headers: Record<string, string>

  constructor(code: HttpErrorCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'PerfHttpError'
    this.code = code
    this.status = HTTP_ERROR_CODES[code]
    this.headers = headers
  }
}
