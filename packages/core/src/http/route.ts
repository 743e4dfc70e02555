// What a row of the route table is, and what it is given.
import type { PerfRequest, PerfResponse } from '../types/http.js'
import type { Access } from './access.js'
import type { PerfSource } from './source.js'
import type { StreamHub } from './stream.js'

export interface RouteContext {
  readonly request: PerfRequest
  readonly source: PerfSource
  readonly access: Access
  readonly hub: StreamHub
  /** Decoded values of the path's `:names`. */
  readonly params: Readonly<Record<string, string>>
  readonly signedIn: boolean
  readonly head: boolean
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly run: (context: RouteContext) => PerfResponse | Promise<PerfResponse>
  /** Answers HTML to a browser: without credentials it gets the sign-in form here. */
  readonly page?: true
  /** Needs no credentials: it is where they are given or given back. */
  readonly open?: true
}
