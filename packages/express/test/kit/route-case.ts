// What a case of a route's name is, and the handlers that cases use.
import type { Express as App, ErrorRequestHandler, RequestHandler } from 'express'
import type { Express } from './express-versions.js'

export interface Build {
  readonly app: App
  readonly express: Express
  readonly perf: () => RequestHandler
  readonly major: 4 | 5
}

export interface RouteCase {
  readonly name: string
  readonly build: (context: Build) => void
  /** `METHOD path`, the operation, the status (200). */
  readonly requests: (readonly [request: string, operation: string, status?: number])[]
  readonly majors?: readonly number[]
}

export const ok: RequestHandler = (_req, res) => {
  res.end('ok')
}
export const pass: RequestHandler = (_req, _res, next) => next()
export const fail: RequestHandler = () => {
  throw new Error('failed')
}
export const onError: ErrorRequestHandler = (_error, _req, res, _next) => {
  res.status(500).end('error')
}
