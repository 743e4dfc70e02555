// What the adapters translate to and from.
import type { AuthRequest } from './config.js'

export interface PerfRequest {
  readonly method: string
  /** Below the mount, `/` at least, as sent (still percent-encoded), without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-cased names, as Node has them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Address of the peer, not of any forwarding header. */
  readonly remoteAddress: string | undefined
  /** Whether the connection itself is TLS. */
  readonly encrypted: boolean
  /** Where the endpoints are as the browser sees it, without a trailing slash: `/perf`, `/prefix/perf`. */
  readonly basePath: string
  /** Rejects with a `PerfHttpError` 413 beyond `maxBytes`. */
  readBody(maxBytes: number): Promise<Uint8Array>
  /** Node's request, for an `auth` function; without it such a function refuses. */
  readonly raw?: AuthRequest
}

export interface PerfResponse {
  status: number
  headers: Record<string, string>
  /** Chunks are ended by `return()` when the client leaves. `null` for HEAD and 204. */
  body: string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> | null
}
