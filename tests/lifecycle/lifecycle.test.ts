import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

async function runChild(name: string, args: string[] = [], nodeArgs: string[] = []) {
  const file = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' })
  return JSON.parse(out)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describe('lifecycle', () => {
  it('started and stopped 100 times in one process, leaves nothing, and the process ends by itself', async () => {
    const { before, after } = await runChild('leaks-child.mjs', [String(await freePort())], ['--expose-gc'])
    expect(after).toEqual(before)
  }, 180_000)

  it('50,000 requests to random URLs with random methods add one operation a method, and no memory that stays', async () => {
    const result = await runChild('memory-child.mjs', [], ['--expose-gc'])
    expect(result.operations.length).toBeLessThanOrEqual(result.methods)
    for (const operation of result.operations) expect(operation).toMatch(/^[A-Z-]+ \(unmatched\)$/)
    expect(result.requests).toBe(60_000)
    expect(result.activeRequests).toBe(0)
    // 50,000 names, spans or listeners kept would be 5 MB and more
    expect(result.grownBytes).toBeLessThan(1_000_000)
  }, 180_000)
})
