// OpenTelemetry as an app uses it: its Node SDK, its instrumentations of http, Express and undici, loaded before the app.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const APPS = join(import.meta.dirname, 'apps')
const STARTS = {
  CommonJS: ['--require', './tracing.cjs', 'app.cjs'],
  'ES modules': ['--import', './tracing.mjs', 'app.mjs'],
}

interface Told {
  operations: Record<string, { count: number; failedCount: number; children: string[] }>
  stats: { counted: number; skipped: number; abandoned: number; open: number }
  faults: unknown[]
  upstream: string
  own: string
  annotated: boolean[]
  traces: { operation: string; traceId: string | null; parentSpanId: string | null }[]
  servers: { traceId: string; spanId: string }[]
}

async function run(args: string[], env: { ADAPTER: string; OWN_INSTRUMENTS: string }): Promise<Told> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: APPS, env: { ...process.env, ...env } })
  return JSON.parse(stdout)
}

describe.each(Object.entries(STARTS))('with %s', (_kind, args) => {
  it('counts nothing a second time: adapter and instruments measure all of it', async () => {
    const told = await run(args, { ADAPTER: 'on', OWN_INSTRUMENTS: 'on' })
    expect(told.faults).toEqual([])
    expect(told.stats).toMatchObject({ counted: 0, open: 0, abandoned: 0 })
    expect(told.operations['http GET /orders/:id']?.count).toBe(2)
    expect(told.operations[`http-client GET ${told.upstream}`]?.count).toBe(4)
    expect(told.annotated).toEqual([true, true])
    // kept under the ids that OpenTelemetry exports
    const kept = told.traces.filter(({ operation }) => operation === 'GET /orders/:id')
    expect(kept).toHaveLength(2)
    expect(kept.map(({ traceId, parentSpanId }) => `${traceId} ${parentSpanId}`).sort()).toEqual(
      told.servers.map(({ traceId, spanId }) => `${traceId} ${spanId}`).sort(),
    )
  })

  it('makes calls that only OpenTelemetry sees children of the route that the adapter measures', async () => {
    const told = await run(args, { ADAPTER: 'on', OWN_INSTRUMENTS: 'off' })
    expect(told.faults).toEqual([])
    expect(told.operations['http GET /orders/:id']).toMatchObject({
      count: 2,
      children: expect.arrayContaining([`http-client GET ${told.upstream} x2`]),
    })
    expect(told.operations[`http-client GET ${told.upstream}`]).toMatchObject({
      count: 4,
      failedCount: 0,
      children: [],
    })
    expect(Object.keys(told.operations).filter((name) => name.startsWith('http '))).toEqual(['http GET /orders/:id'])
  })

  it('measures all of it through OpenTelemetry, without the endpoints of the monitor', async () => {
    const told = await run(args, { ADAPTER: 'off', OWN_INSTRUMENTS: 'off' })
    expect(told.faults).toEqual([])
    expect(told.operations['http GET /orders/:id']).toEqual({
      count: 2,
      failedCount: 0,
      children: ['handler request handler /orders/:id x1'],
    })
    expect(told.operations['handler request handler /orders/:id']?.children).toEqual([
      `http-client GET ${told.upstream} x2`,
    ])
    expect(told.operations['http GET (unmatched)']?.count).toBe(4) // the upstream service, in the same process
    expect(told.operations[`http-client GET ${told.upstream}`]?.children).toEqual([])
    expect(told.stats.open).toBe(0)
  })
})
