import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { PerfHttp } from '../../src/http/handler.js'
import { PerfServer } from '../../src/http/server.js'
import type { ResolvedConfig } from '../../src/types/config.js'
import { FakeSource } from './fake-source.js'
import { askPort } from './real-server.js'

async function listening(overrides: Partial<ResolvedConfig> = {}) {
  const source = new FakeSource(overrides)
  const server = new PerfServer(new PerfHttp(source), 0)
  await server.listen()
  onTestFinished(() => server.close())
  return { source, server, ask: (path: string, headers = {}) => askPort(server.port ?? 0, path, { headers }) }
}

it.each([
  ['/metrics', 200],
  ['/metrics?x=1', 200],
  ['/perf/metrics', 200],
  ['/perf', 200],
  ['/perf/snapshot', 200],
  ['/perf/nothing', 404],
  ['/', 404],
  ['/snapshot', 404],
  ['/metrics/', 404],
  ['/metricsx', 404],
  ['/performance', 404],
])('%s → %d', async (path, status) => {
  const { ask } = await listening()
  expect((await ask(path)).status).toBe(status)
})

it('has the same access rules', async () => {
  const { ask } = await listening({ auth: { token: 't' } })
  expect((await ask('/metrics')).status).toBe(401)
  expect((await ask('/nothing')).status).toBe(401)
  expect((await ask('/metrics', { authorization: 'Bearer t' })).status).toBe(200)
})

it('a port in use is a fault that names it, and not an exception', async () => {
  const other = createServer().listen(0)
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const source = new FakeSource()
  const server = new PerfServer(new PerfHttp(source), port)
  await server.listen()
  expect(server.port).toBeNull()
  expect(source.guard.faults).toMatchObject([
    { part: 'prometheus-port', lastError: `port ${port} is in use: set \`prometheusPort\` to a free one` },
  ])
  await server.close()
})

it('starts and stops as often as told, and each is idempotent', async () => {
  const { server, source } = await listening()
  const first = server.port
  await server.listen()
  expect(server.port).toBe(first)
  await server.close()
  await server.close()
  expect(server.port).toBeNull()
  await server.listen()
  expect(server.port).toBeGreaterThan(0)
  expect(source.guard.faults).toEqual([])
})

it('does not keep the process alive', async () => {
  const { server, ask } = await listening()
  await ask('/metrics')
  const referenced = process.getActiveResourcesInfo().filter((type) => type === 'TCPServerWrap')
  expect(server.port).toBeGreaterThan(0)
  expect(referenced).toEqual([])
})
