// `prometheusPort`: the endpoints on a port of their own, for scrapers that must not reach the app's. Same access rules.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { PerfHttp } from './handler.js'
import { PerfEndpoint } from './node.js'

const PART = 'prometheus-port'
const HEADERS_TIMEOUT_MS = 10_000 // a client that sends its request byte by byte is cut off
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 75_000 // longer than the usual scrape intervals (15 to 60 s), so that scrapes reuse their connection
const CONNECTIONS_BESIDE_STREAMS = 100

export class PerfServer {
  readonly #http: PerfHttp
  readonly #port: number
  readonly #below: PerfEndpoint
  readonly #root: PerfEndpoint
  #server: Server | null = null

  constructor(http: PerfHttp, port: number) {
    this.#http = http
    this.#port = port
    this.#below = new PerfEndpoint(http, http.source.config.path)
    this.#root = new PerfEndpoint(http, '')
  }

  /** On all interfaces: scrapers come from elsewhere. Never rejects; a port in use is a fault shown at `/health`. */
  async listen(): Promise<void> {
    if (this.#server !== null) return
    const { guard, config } = this.#http.source
    const server = createServer(
      { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
      (req, res) => this.#serve(req, res),
    )
    this.#server = server
    server.maxConnections = config.limits.maxStreamClients + CONNECTIONS_BESIDE_STREAMS
    server.unref()
    server.on('connection', (socket) => socket.unref())
    await new Promise<void>((resolve) => {
      server.once('listening', () => {
        guard.recover(PART)
        resolve()
      })
      server.on('error', (error) => {
        guard.report(PART, explained(error, this.#port))
        if (!server.listening) this.#server = null
        resolve()
      })
      server.once('close', resolve) // closed before it listened
      server.listen(this.#port)
    })
  }

  /** The port listened on, `null` while there is none. */
  get port(): number | null {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : null
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    const { path } = this.#http.source.config
    const url = req.url ?? '/'
    // /metrics is where a scraper looks by default; anything else outside the path is an endpoint that does not exist
    const below = this.#below.match(url) ?? this.#metricsAtRoot(url) ?? '/not-found'
    this.#below.serve(req, res, { below, basePath: path })
  }

  #metricsAtRoot(url: string): string | null {
    const below = this.#root.match(url)
    return below !== null && /^\/metrics(?:[?#]|$)/.test(below) ? below : null
  }
}

function explained(error: Error, port: number): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE') return error
  return new Error(`port ${port} is in use: set \`prometheusPort\` to a free one`, { cause: error })
}
