// How answers are made: bodies, headers that every answer has, errors as JSON.
import { randomBytes } from 'node:crypto'
import type { PerfHttpError } from '../errors.js'
import type { PerfResponse } from '../types/http.js'

export const JSON_TYPE = 'application/json; charset=utf-8'
export const HTML_TYPE = 'text/html; charset=utf-8'

const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

type Chunks = Iterable<string> | AsyncIterable<string>

export function json(status: number, value: unknown, headers: Record<string, string> = {}): PerfResponse {
  return { status, headers: { 'Content-Type': JSON_TYPE, ...headers }, body: JSON.stringify(value) }
}

/** No body: 204, or a redirect. */
export function empty(status: number, headers: Record<string, string> = {}): PerfResponse {
  return { status, headers, body: null }
}

/** The first chunk is made here: what fails at once is still an honest 500 and not a 200 that breaks off. */
export async function chunked(
  contentType: string,
  chunks: Chunks,
  headers?: Record<string, string>,
): Promise<PerfResponse> {
  return { status: 200, headers: { 'Content-Type': contentType, ...headers }, body: await primed(chunks) }
}

export function errorResponse(error: PerfHttpError): PerfResponse {
  return json(error.status, { error: { code: error.code, message: error.message } }, error.headers)
}

export function newNonce(): string {
  return randomBytes(16).toString('base64')
}

/** Nothing from elsewhere, no script or style element without the nonce; the page sets styles through the CSSOM. */
export function pageHeaders(nonce: string): Record<string, string> {
  return contentSecurityPolicy([
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
  ])
}

export function contentSecurityPolicy(directives: string[]): Record<string, string> {
  const policy = ["default-src 'none'", ...directives, "base-uri 'none'", "frame-ancestors 'none'"].join('; ')
  return { 'Content-Type': HTML_TYPE, 'Content-Security-Policy': policy }
}

/** Adds what every answer has, and takes the body off a HEAD's. */
export function completed(response: PerfResponse, head: boolean): PerfResponse {
  const { status, body } = response
  const headers: Record<string, string> = { ...COMMON_HEADERS, ...response.headers }
  if (!head || body === null) return { status, headers, body }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    headers['Content-Length'] ??= String(Buffer.byteLength(body))
  } else {
    endChunks(body)
  }
  return { status, headers, body: null }
}

/** Tells a producer that nobody will read on. Never throws. */
export function endChunks(body: Iterable<unknown> | AsyncIterable<unknown>): void {
  try {
    endIterator(Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]())
  } catch {
    // it could not even begin: nothing to end
  }
}

export function endIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    const ended = iterator.return?.()
    // a producer that fails while it is sent away has nobody left to tell
    if (ended instanceof Promise) ended.catch(() => undefined)
  } catch {
    // as above
  }
}

async function primed(chunks: Chunks): Promise<Chunks> {
  if (typeof chunks === 'string') return chunks
  if (Symbol.asyncIterator in chunks) {
    const iterator = chunks[Symbol.asyncIterator]()
    let first: IteratorResult<string> | null = await iterator.next()
    const resumed: AsyncIterator<string> = {
      next: () => {
        const step = first === null ? iterator.next() : Promise.resolve(first)
        first = null
        return step
      },
      return: async () => {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.asyncIterator]: () => resumed }
  }
  const iterator = chunks[Symbol.iterator]()
  let first: IteratorResult<string> | null = iterator.next()
  const resumed: Iterator<string> = {
    next: () => {
      const step = first === null ? iterator.next() : first
      first = null
      return step
    },
    return: () => {
      iterator.return?.()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.iterator]: () => resumed }
}
