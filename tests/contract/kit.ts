// One set of cases that every adapter passes with every version of its framework: same input, same numbers.
// A new adapter writes the app below in its framework's own way and calls `adapterContract`: some 60 lines, no cases of its own.
import type { PerformanceConfig, PerformanceMonitor } from '@perf-monitor/core'
import { afterEach, describe } from 'vitest'
import { answerCases } from './kit/answer-cases.js'
import { endpointCases } from './kit/endpoint-cases.js'
import { lifecycleCases } from './kit/lifecycle-cases.js'
import { routeCases } from './kit/route-cases.js'
import { streamCases } from './kit/stream-cases.js'
import { timeCases } from './kit/time-cases.js'
import { traceCases } from './kit/trace-cases.js'
import { wireCases } from './kit/wire-cases.js'
import { World } from './kit/world.js'

/**
 * What an app's handlers call, so that all of them do the same. "Rejecting" below means the framework's own way to fail.
 *
 * | route | does |
 * | --- | --- |
 * | `GET /plain` | `advance(1)`, answers `plain` |
 * | `GET /items/:id` | `advance(5)`, answers JSON `{"id": "<id>"}` |
 * | `POST /items` | answers 201 and the JSON body that it got; a malformed body is 400 |
 * | `GET /tenants/:tenant/users/:user/orders/:order` | three mounts, each with a parameter; `advance(2)`, JSON of all three |
 * | `GET /files/*` | the framework's wildcard; answers `file` |
 * | `GET /status/:code` | `advance(3)`, answers that code, with an empty body |
 * | `GET /redirect` | redirects (302) to `/plain` |
 * | `GET /throws` | throws `failure(500)`: answered with 500 by the framework |
 * | `GET /rejects` | rejects with `failure(500)`, or hands it on, after a turn of the event loop |
 * | `GET /missing/:id` | throws `failure(404)`, or the framework's own 404 error |
 * | `GET /guarded/:id` | behind a middleware, hook or guard of this route that answers 401 without an `x-key` header; `ok` |
 * | any, with an `x-reject` header | rejected with 403 by a middleware or hook of the whole app |
 * | `GET /slow/:id` | `await slow()`, answers `slow` |
 * | `GET /waits/:id` | `await gate()`, answers `waited` |
 * | `GET /work/:id` | `await work(monitor)`, answers `worked` |
 * | `GET /stream` | answers the stream `chunks()`, as `text/plain` |
 * | `GET /breaks` | answers the stream `brokenChunks()`, as `text/plain` |
 * | `GET /events` | answers the stream `events()`, as `text/event-stream` |
 * | `OPTIONS /items` | answers 204 |
 */
export interface ContractHooks {
  /** Lets time pass: the monitor's clock is the kit's. */
  advance(ms: number): void
  /** Waits until the test lets it go on. */
  gate(): Promise<void>
  /** 25 ms, over a turn of the event loop. */
  slow(): Promise<void>
  /** 7 ms in an operation `query` of component `db`, then 3 ms of the handler's own. */
  work(monitor: PerformanceMonitor): Promise<void>
  /** An error that Express, Fastify and Koa answer with `status`. */
  failure(status: number): Error
  /** 10 ms, then `one`; after a gate 20 ms and `two`; after another one 30 ms and `three`. */
  chunks(): import('node:stream').Readable
  /** `one`, then after a gate an error. */
  brokenChunks(): import('node:stream').Readable
  /** One event at once, another one after each gate; never ends by itself. */
  events(): import('node:stream').Readable
}

export interface ContractApp {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly monitor: PerformanceMonitor
  /** Closes the server and its connections. The kit stops the monitor. */
  close(): Promise<void>
}

export type CreateContractApp = (
  config: PerformanceConfig | PerformanceMonitor,
  hooks: ContractHooks,
) => Promise<ContractApp>

/** Situations in which a request may be rejected before the framework knows its route. */
export type EarlyOperation =
  | 'POST /items, malformed body'
  | 'POST /items, client left'
  | 'GET /items/:id, rejected by the app'
  | 'GET /items/:id, bad escape'

export interface ContractOptions {
  /**
   * Only where the framework itself says it otherwise: the kit's name of an operation → the framework's (its syntax of a
   * wildcard), or of an early operation → `METHOD (unmatched)`. `null`: the framework lets no adapter see the request.
   */
  operations?: Partial<Record<EarlyOperation | 'GET /files/*', string | null>>
  /** The name of the `handler` operation of a route, given that of its `http` operation; `null` where handlers are not timed. */
  handlerOf: ((operation: string) => string) | null
  /** `false`: the framework answers errors of handlers before an adapter could see them. */
  showsErrors?: boolean
}

export function adapterContract(name: string, create: CreateContractApp, options: ContractOptions): void {
  describe(`${name} keeps the adapter contract`, () => {
    const world = new World(create, options)
    afterEach(() => world.end())
    routeCases(world)
    answerCases(world)
    timeCases(world)
    traceCases(world)
    streamCases(world)
    endpointCases(world)
    lifecycleCases(world)
    wireCases(world)
  })
}
