// The door for adapters on Node's http, https and http2 (compatibility API): which URLs are ours, and answering them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { PerfRequest } from '../types/http.js'
import { readBody } from './body.js'
import type { PerfHttp } from './handler.js'
import { sendResponse } from './send.js'

const SLASH = 47

export interface RequestUrl {
  /** Below the mount, still percent-encoded. */
  path: string
  /** With its `?`, or empty. */
  search: string
  basePath: string
}

export function nodeRequest(req: IncomingMessage, url: RequestUrl): PerfRequest {
  // simulated requests (inject of test tools) may have none
  const socket = req.socket as Partial<TLSSocket> | undefined
  return {
    method: req.method ?? 'GET',
    path: url.path.startsWith('/') ? url.path : `/${url.path}`,
    query: new URLSearchParams(url.search),
    headers: req.headers,
    remoteAddress: socket?.remoteAddress,
    encrypted: socket?.encrypted === true,
    // `//evil.example` as a base would turn our redirect and our form into theirs
    basePath: url.basePath.replace(/^[/\\]{2,}/, '/').replace(/\/+$/, ''),
    readBody: (maxBytes) => readBody(req, maxBytes),
    raw: req,
  }
}

/** Where the endpoints are in an app: which URLs are ours, and answering them. */
export class PerfEndpoint {
  readonly #http: PerfHttp
  readonly #path: string

  constructor(http: PerfHttp, path: string) {
    this.#http = http
    this.#path = path === '/' ? '' : path
  }

  /** What follows the mount path in a raw request URL, with its query; `null` for a URL that is not ours. */
  match(url: string): string | null {
    const target = url.charCodeAt(0) === SLASH ? url : withoutAuthority(url)
    if (target === null || !target.startsWith(this.#path)) return null
    const below = target.slice(this.#path.length)
    if (below === '') return '/'
    if (below.startsWith('/')) return below
    return below.startsWith('?') || below.startsWith('#') ? `/${below}` : null
  }

  /** `below`: what `match` gave, or what a framework left of the URL below its mount. Never throws. */
  serve(req: IncomingMessage, res: ServerResponse, options: { below: string; basePath: string }): void {
    const { guard, config } = this.#http.source
    const onError = (error: unknown) => guard.report('http', error)
    const answer = async () => {
      const [, path = '/', search = ''] = /^([^?#]*)(\?[^#]*)?/.exec(options.below) ?? []
      const request = nodeRequest(req, { path, search, basePath: options.basePath })
      const response = await this.#http.handle(request)
      await sendResponse(res, response, { head: request.method === 'HEAD', clock: config.clock, onError })
    }
    answer().catch((error: unknown) => {
      onError(error)
      // a request must not hang because of us; breaking off needs nothing of the response but that it exists
      res.destroy()
    })
  }
}

/** `http://host/path`, as a request to a proxy has it; other forms (`*`, `host:port`) are nobody's path. */
function withoutAuthority(url: string): string | null {
  const match = /^https?:\/\/[^/?#]*/i.exec(url)
  return match === null ? null : url.slice(match[0].length)
}
