// Writes an answer to Node's response: in slices of time, at the client's pace, and never for nobody.

import type { ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../clock.js'
import { nextTurn, SLICE_MS } from '../history/slices.js'
import type { PerfResponse } from '../types/http.js'
import { endChunks, endIterator } from './respond.js'

const STALL_MS = 30_000 // a client that takes nothing for so long would hold its answer, and us, for ever

type Chunk = string | Uint8Array
type Chunks = Iterable<Chunk> | AsyncIterable<Chunk>

export interface SendOptions {
  head: boolean
  clock?: Clock
  /** What broke an answer off. */
  onError?: (error: unknown) => void
}

/** Never rejects. */
export async function sendResponse(res: ServerResponse, response: PerfResponse, options: SendOptions): Promise<void> {
  const { body } = response
  const chunks = body !== null && typeof body !== 'string' && !(body instanceof Uint8Array) ? body : null
  try {
    if (isGone(res) || res.headersSent) {
      if (chunks !== null) endChunks(chunks)
      return
    }
    // a socket that breaks while we write is the client's business, not an uncaught exception
    res.on('error', () => undefined)
    writeHeaders(res, response)
    if (options.head || body === null) {
      if (chunks !== null) endChunks(chunks)
      res.end()
    } else if (chunks === null) {
      res.end(body)
    } else {
      await pump(res, chunks, options)
    }
  } catch (error) {
    // the status is out: all that is left is to break off, so that half an answer does not look whole
    options.onError?.(error)
    res.destroy()
  }
}

function writeHeaders(res: ServerResponse, { status, headers, body }: PerfResponse): void {
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    const before = name === 'Set-Cookie' ? res.getHeader(name) : undefined
    // cookies of the app's own middleware stay
    res.setHeader(name, before === undefined ? value : [before, value].flat().map(String))
  }
  const whole = typeof body === 'string' || body instanceof Uint8Array
  if (whole && !res.hasHeader('Content-Length')) res.setHeader('Content-Length', Buffer.byteLength(body))
}

async function pump(res: ServerResponse, chunks: Chunks, options: SendOptions): Promise<void> {
  const live = String(res.getHeader('Content-Type')).startsWith('text/event-stream')
  const clock = options.clock ?? systemClock
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let done = false
  // at once, and not after the next chunk: an event stream's next one may take an interval
  const onClose = () => {
    if (!done) endIterator(iterator)
  }
  res.once('close', onClose)
  res.flushHeaders()
  try {
    let sliceMs = SLICE_MS // a drained socket and the next turn can give two of them in one round of the loop
    let sliceStartMs = clock.monotonicMs()
    while (!isGone(res)) {
      const pending = iterator.next()
      const step = pending instanceof Promise ? await pending : pending
      if (step.done === true) {
        done = true
        break
      }
      if (isGone(res)) break
      const room = res.write(step.value)
      if (!room && !(await drained(res, clock))) break
      if (live && isServerClosing(res)) {
        hangUp(res)
        break
      }
      if (clock.monotonicMs() - sliceStartMs >= sliceMs) {
        sliceMs = await nextTurn()
        sliceStartMs = clock.monotonicMs()
      }
    }
  } finally {
    res.off('close', onClose)
    if (!done) endIterator(iterator)
  }
  if (!isGone(res)) res.end()
}

/** False when the client left, or took nothing for so long that it was sent away. */
function drained(res: ServerResponse, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (took: boolean) => {
      stall.cancel()
      res.off('drain', onDrain)
      res.off('close', onClose)
      resolve(took)
    }
    const onDrain = () => settle(true)
    const onClose = () => settle(false)
    const stall = clock.after(STALL_MS, () => {
      res.destroy()
      settle(false)
    })
    res.on('drain', onDrain)
    res.on('close', onClose)
  })
}

function isGone(res: ServerResponse): boolean {
  const { stream } = res as { stream?: { destroyed: boolean } } // http2
  return res.destroyed || res.writableEnded || stream?.destroyed === true
}

/** After `server.close()` an open page's event stream would keep the server, and so the app's exit, waiting for ever. */
function isServerClosing(res: ServerResponse): boolean {
  const { server } = (res.socket ?? {}) as { server?: { listening: boolean } }
  return server?.listening === false
}

function hangUp(res: ServerResponse): void {
  // http2's socket is the session's, and not ours to end
  if (res.req.httpVersionMajor !== 1) return
  const { socket } = res // by the time it has finished, the response has let go of it
  res.once('finish', () => socket?.end())
}
