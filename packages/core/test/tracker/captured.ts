// A tracker that keeps traces, call sites and errors, on a clock of the test's own, and servers whose requests it measures.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { ManualClock } from '../../src/clock.js'
import { DEFAULT_LIMITS } from '../../src/config/defaults.js'
import { Guard } from '../../src/guard.js'
import { RunCaptures } from '../../src/tracker/captures.js'
import type { HttpExchange } from '../../src/tracker/exchange.js'
import { TraceReader } from '../../src/tracker/trace-reader.js'
import { Tracker } from '../../src/tracker/tracker.js'
import type { Limits } from '../../src/types/config.js'
import type { Trace } from '../../src/types/traces.js'

export function captured(overrides: Partial<Limits> = {}) {
  const clock = new ManualClock()
  const limits = { ...DEFAULT_LIMITS, ...overrides }
  const captures = new RunCaptures({ clock, limits, random: () => 0 })
  const guard = new Guard(clock, console)
  const tracker = new Tracker({ clock, guard, limits, requestScope: true, isLongLived: null, captures })
  const reader = new TraceReader({
    tracker,
    captures,
    locate: ({ url, line, column, function: name }) => ({
      file: url.startsWith('file:') ? url : pathToFileURL(url).href,
      line,
      column,
      function: name,
    }),
    now: () => clock.now(),
  })
  const window = () => reader.within({ from: clock.now() - 600_000, to: clock.now() })
  return { clock, captures, guard, tracker, reader, window }
}

export type Captured = ReturnType<typeof captured>

export type Handler = (req: IncomingMessage, res: ServerResponse, exchange: HttpExchange) => unknown

/** A server of which every request is measured; `get` resolves once the exchange was recorded. */
export async function served(tracker: Tracker, handler: Handler) {
  const server = createServer((req, res) => {
    const exchange = tracker.beginExchange(req, res)
    exchange.setRoute((req.url ?? '').split('?')[0] as string)
    void exchange.run(() => handler(req, res, exchange))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async get(path: string, headers: Record<string, string> = {}) {
      const closed = new Promise((resolve) => server.once('request', (_req, res) => res.once('close', resolve)))
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
      const body = await response.text()
      await closed
      return { status: response.status, headers: response.headers, body }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** `name@start+duration` of each span, below what it is a child of. */
export function treeOf({ spans }: Trace): string[] {
  const depthOf = (index: number): number => {
    const parent = spans[index]?.parent ?? null
    return parent === null ? 0 : 1 + depthOf(parent)
  }
  return spans.map(
    ({ operation, startMs, durationMs, success }, index) =>
      `${'  '.repeat(depthOf(index))}${operation}@${startMs}+${durationMs}${success ? '' : ' failed'}`,
  )
}
