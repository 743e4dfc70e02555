// Reads the body of Node's request, up to a limit; takes what a body parser before us has made of it.
import type { IncomingMessage } from 'node:http'
import { PerfHttpError } from '../errors.js'

/** What body parsers add. */
export type ParsedRequest = Pick<
  IncomingMessage,
  'headers' | 'on' | 'off' | 'resume' | 'readableDidRead' | 'readableEnded' | 'destroyed'
> & { body?: unknown }

export async function readBody(req: ParsedRequest, maxBytes: number): Promise<Uint8Array> {
  if (req.readableDidRead || req.readableEnded) return parsedBody(req, maxBytes)
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) {
    req.resume() // what is on its way is read and dropped, so that the client gets to read the answer
    throw tooLarge(maxBytes)
  }
  return collect(req, maxBytes)
}

function collect(req: ParsedRequest, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = (settle: () => void) => {
      req.off('data', onData)
      req.off('end', onEnd)
      req.off('error', onBroken)
      req.off('close', onBroken)
      settle()
    }
    const onData = (chunk: Buffer | string) => {
      const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += buffer.length
      if (bytes <= maxBytes) {
        chunks.push(buffer)
        return
      }
      finish(() => reject(tooLarge(maxBytes)))
      req.resume()
    }
    const onEnd = () => finish(() => resolve(Buffer.concat(chunks)))
    const onBroken = () =>
      finish(() => reject(new PerfHttpError('bad-request', 'The request ended before its body did')))
    if (req.destroyed) {
      onBroken()
      return
    }
    req.on('data', onData)
    req.on('end', onEnd)
    req.on('error', onBroken)
    req.on('close', onBroken)
  })
}

/** The app parsed it before us: written back into the form that was sent. */
function parsedBody(req: ParsedRequest, maxBytes: number): Uint8Array {
  const bytes = written(req.body, req.headers['content-type'] ?? '')
  if (bytes === null) {
    throw new PerfHttpError(
      'bad-request',
      'Something in the app has read this body already and left nothing in `req.body`: mount perf-monitor before it',
    )
  }
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes)
  return bytes
}

function written(body: unknown, contentType: string): Uint8Array | null {
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (typeof body !== 'object' || body === null) return null
  if (!contentType.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return Buffer.from(JSON.stringify(body))
  }
  const form = new URLSearchParams()
  for (const [key, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(key, String(one))
  }
  return Buffer.from(form.toString())
}

function tooLarge(maxBytes: number): PerfHttpError {
  return new PerfHttpError('payload-too-large', `The body may have at most ${maxBytes} bytes (limits.maxBodyBytes)`)
}
