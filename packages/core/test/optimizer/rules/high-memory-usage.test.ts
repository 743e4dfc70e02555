import { describe, expect, it } from 'vitest'
import { highMemoryUsage } from '../../../src/optimizer/rules/high-memory-usage.js'
import { constant } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = highMemoryUsage()
const GIB = 1024 ** 3
const MIB = 1024 ** 2
const HEAP = { latestRuntime: { heapLimitBytes: 4 * GIB } }

function host(usedBytes: number | number[], totalBytes = 16 * GIB) {
  const used = Array.isArray(usedBytes) ? usedBytes : constant(120, usedBytes)
  return { memoryUsedBytes: used, memoryTotalBytes: constant(used.length, totalBytes) }
}

describe('high-memory-usage', () => {
  it('fires above the threshold and not at it', () => {
    expect(analyse(rule, { system: host(0.85 * 16 * GIB) })).toEqual([])
    const [finding] = analyse(rule, { system: host(0.9 * 16 * GIB), runtime: { rssBytes: constant(120, GIB) } })
    expect(finding?.bottleneck).toMatchObject({ component: 'host', operation: null })
    expect(finding?.bottleneck.description).toContain('It does not grow significantly. This process holds 1 GiB')
    expect(finding?.recommendations[0]?.title).toBe('Free memory of other processes on this host')
  })

  it('names the nearest limit: a container rather than its heap', () => {
    const container = {
      cpuLimitCores: null,
      memoryLimitBytes: 2 * GIB,
      memoryUsedBytes: 1.9 * GIB,
      throttledPercent: null,
    }
    const [finding, ...more] = analyse(rule, {
      system: host(1.9 * GIB, 2 * GIB),
      runtime: {
        heapUsedBytes: constant(120, 0.5 * GIB),
        rssBytes: constant(120, 1.8 * GIB),
        externalBytes: constant(120, 1.2 * GIB),
      },
      latestSystem: { container },
      ...HEAP,
    })
    expect(more).toEqual([])
    expect(finding?.bottleneck.title).toBe('The container’s memory is 95 % full')
    expect(finding?.recommendations[0]?.description).toContain('512 MiB in the JavaScript heap, 1.2 GiB in buffers')
  })

  it('judges the heap by its floor and advises a higher limit where the machine has room', () => {
    const sawtooth = Array.from({ length: 120 }, (_, i) => (i % 10 === 0 ? 1 : 3.9) * GIB)
    expect(analyse(rule, { runtime: { heapUsedBytes: sawtooth }, ...HEAP })).toEqual([])
    const [finding] = analyse(rule, {
      runtime: { heapUsedBytes: constant(120, 3.6 * GIB) },
      system: { memoryAvailableBytes: constant(120, 8 * GIB) },
      ...HEAP,
    })
    const [recommendation] = finding?.recommendations ?? []
    expect(recommendation?.title).toContain('--max-old-space-size=8192')
    expect(recommendation?.estimatedImpact?.predicted).toBeCloseTo(45)
  })

  it('says when a significant growth reaches the limit, and not for noise or a warm-up', () => {
    const rising = Array.from({ length: 600 }, (_, i) => 3.5 * GIB + i * 0.5 * MIB + (i % 7) * 3 * MIB)
    const [finding] = analyse(rule, { runtime: { heapUsedBytes: rising }, ...HEAP })
    expect(evidence(finding, 'growthBytesPerHour')).toBeCloseTo(1800 * MIB, -6.5)
    // 4 GiB less about 3.7 at half a MiB a second
    expect((evidence(finding, 'timeUntilFullMs') as number) / 60_000).toBeGreaterThan(8)
    expect((evidence(finding, 'timeUntilFullMs') as number) / 60_000).toBeLessThan(13)
    expect(finding?.bottleneck.severity).toBe('critical')
    const noise = Array.from({ length: 600 }, (_, i) => 3.5 * GIB + ((i * 7919) % 101) * MIB)
    const warmUp = Array.from({ length: 600 }, (_, i) => 3.7 * GIB - Math.exp(-i / 40) * 0.5 * GIB)
    for (const column of [noise, warmUp]) {
      expect(
        evidence(analyse(rule, { runtime: { heapUsedBytes: column }, ...HEAP })[0], 'timeUntilFullMs'),
      ).toBeUndefined()
    }
  })

  it('finds nothing in nulls, too few samples and unknown limits', () => {
    expect(analyse(rule, { system: host(constant(9, 15.9 * GIB)) })).toEqual([])
    expect(analyse(rule, { system: { memoryUsedBytes: constant(60, GIB) } })).toEqual([])
    expect(
      analyse(rule, { runtime: { heapUsedBytes: constant(60, GIB) }, latestRuntime: { heapLimitBytes: null } }),
    ).toEqual([])
    expect(analyse(rule, {})).toEqual([])
  })
})
