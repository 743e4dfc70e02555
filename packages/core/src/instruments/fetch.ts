// `fetch` and undici, Node's own or the package: both publish on the same channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { OperationSpan } from '../tracker/span.js'
import { ClientOperations } from './client-operations.js'
import { contained } from './contained.js'
import type { Instrument, InstrumentOptions, InstrumentState } from './instrument.js'
import { isEventStream, isFailedStatus } from './response.js'
import { beginCall } from './spans.js'

const PART = 'instrument fetch'
const CREATED = 'undici:request:create'
const ANSWERED = 'undici:request:headers'
const ENDED = 'undici:request:trailers'
const FAILED = 'undici:request:error'

interface UndiciRequest {
  readonly origin?: string | URL
  readonly method?: string
}

interface Call {
  readonly span: OperationSpan
  statusCode: number | undefined
}

export class FetchInstrument implements Instrument {
  readonly name = 'fetch'
  readonly #options: InstrumentOptions
  readonly #operations: ClientOperations
  /** Nothing but the request itself keeps its run; the same object comes again when undici retries it. */
  readonly #calls = new WeakMap<object, Call>()
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[]
  #running = false

  constructor(options: InstrumentOptions) {
    this.#options = options
    this.#operations = new ClientOperations(options.tracker)
    const listen = <T>(channel: string, listener: (message: T) => void) =>
      [channel, contained(options.guard, PART, listener)] as const
    this.#listeners = [
      listen<{ request: UndiciRequest }>(CREATED, ({ request }) => this.#begin(request)),
      listen<{ request: object; response: UndiciResponse }>(ANSWERED, ({ request, response }) =>
        this.#answered(request, response),
      ),
      listen<{ request: object }>(ENDED, ({ request }) => this.#ended(request)),
      listen<{ request: object; error: unknown }>(FAILED, ({ request, error }) => this.#failed(request, error)),
    ]
  }

  get state(): InstrumentState {
    return { seen: this.#running, reason: null }
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener)
  }

  stop(): void {
    this.#running = false
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener)
  }

  #begin(request: UndiciRequest): void {
    const operation = this.#operations.operation(request.method, String(request.origin ?? ''), hostOf)
    const span = beginCall(this.#options.tracker, operation)
    if (span !== null) this.#calls.set(request, { span, statusCode: undefined })
  }

  #answered(request: object, response: UndiciResponse): void {
    const call = this.#calls.get(request)
    if (call === undefined) return
    call.statusCode = response.statusCode
    // a switched protocol (WebSocket) and a stream of events have no end to wait for: the call is over
    if (response.statusCode === 101 || isEventStream(contentTypeOf(response))) this.#ended(request)
  }

  #ended(request: object): void {
    const call = this.#calls.get(request)
    call?.span.end(!isFailedStatus(call.statusCode))
  }

  /** An answer that the app gave up reading (`body.cancel()`, an abort, a response left to the collector) is judged by its status. */
  #failed(request: object, error: unknown): void {
    const call = this.#calls.get(request)
    if (call === undefined) return
    const gaveUp = (error as Error | undefined)?.name === 'AbortError' || error == null
    call.span.end(gaveUp && !isFailedStatus(call.statusCode), gaveUp ? undefined : error)
  }
}

interface UndiciResponse {
  readonly statusCode?: number
  /** Name and value in turn. */
  readonly headers?: readonly (Uint8Array | string)[]
}

function contentTypeOf({ headers }: UndiciResponse): string | null {
  if (!Array.isArray(headers)) return null
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as Uint8Array | string
    // the length tells most names apart before one is decoded
    if (name.length === 12 && String(name).toLowerCase() === 'content-type') return String(headers[i + 1])
  }
  return null
}

/** `http://api.local:8080` → `api.local:8080`; the default port goes. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin
}
