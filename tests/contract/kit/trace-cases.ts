// Requests that are kept whole: what they called, from where, and why they failed.
import type { Trace } from '@perf-monitor/core'
import { expect, it } from 'vitest'
import type { Running, World } from './world.js'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

export function traceCases(world: World): void {
  it('a request is kept with its calls and the lines that made them', async () => {
    const { handlerOf } = world.options
    const app = await world.app()
    await app.send('GET /work/7', { headers: { traceparent: TRACEPARENT } })
    const [trace, ...more] = await tracesOf(app, 'GET /work/:id')
    expect(more).toEqual([])
    expect(trace).toMatchObject({
      ...{ reason: 'slow', outcome: 'success', statusCode: 200, durationMs: 10, droppedSpans: 0, error: null },
      ...{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7' },
    })
    const query = trace?.spans.find(({ component }) => component === 'db')
    expect(query).toMatchObject({ operation: 'query', startMs: 0, durationMs: 7, success: true })
    expect(query?.site?.file).toMatch(/kit\/hooks\.ts$/)
    const parent = trace?.spans[query?.parent ?? -1]?.operation
    expect(parent).toBe(handlerOf === null ? undefined : handlerOf('GET /work/:id'))
  })

  it.each(['GET /throws', 'GET /rejects'])('%s is kept with its error and where that was made', async (operation) => {
    const app = await world.app()
    await app.send(operation)
    const [trace] = await tracesOf(app, operation)
    expect(trace).toMatchObject({ reason: 'failed', outcome: 'failure', statusCode: 500 })
    if (world.options.showsErrors === false) {
      expect(trace?.error).toBeNull()
      return
    }
    expect(trace?.error).toMatchObject({ class: 'Error', message: 'failure <n>' })
    expect(trace?.error?.location?.file).toMatch(/kit\/hooks\.ts$/)
  })
}

async function tracesOf(app: Running, operation: string): Promise<Trace[]> {
  const query = new URLSearchParams({ component: 'http', operation })
  const response = await fetch(`${app.url}/perf/traces?${query}`)
  return ((await response.json()) as { traces: Trace[] }).traces
}
