import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Profile } from '@perf-monitor/core'
import { expect, it } from 'vitest'

it('a profile of a busy server names the hot line first, and its route with 9 of 10 samples', async () => {
  const child = fileURLToPath(new URL('profiles-child.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [child], { maxBuffer: 64 * 1024 * 1024 })
  const { profile, flame, samples } = JSON.parse(stdout) as {
    profile: Profile
    flame: { name: string; total: number; children: unknown[] }
    samples: number
  }
  expect(profile).toMatchObject({ state: 'complete', type: 'cpu', unit: 'ms' })
  const [hot] = profile.places
  expect(hot).toMatchObject({ location: { line: 13, function: 'score' }, api: null })
  expect(hot?.location.file).toMatch(/profiles-child\.mjs$/)
  const [share] = hot?.operations ?? []
  expect(share).toMatchObject({ component: 'http', operation: 'GET /reports/:id' })
  expect((share?.self ?? 0) / (hot?.self ?? 1)).toBeGreaterThan(0.9)
  const names = profile.operations.map(({ operation }) => operation)
  expect(names).toContain('GET /items')
  const idle = profile.operations.find(({ operation }) => operation === 'GET /idle')
  expect(idle?.percent ?? 0).toBeLessThan(share?.percent ?? 0)
  expect(flame).toMatchObject({ name: '(root)', children: expect.any(Array) })
  expect(flame.total).toBeCloseTo(profile.total ?? 0, 3)
  expect(samples).toBeGreaterThan(100)
}, 60_000)
