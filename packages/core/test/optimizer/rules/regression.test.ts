import { describe, expect, it } from 'vitest'
import { regression } from '../../../src/optimizer/rules/regression.js'
import { constant, type OperationDescription, WINDOW_START } from '../../helpers/window.js'
import { analyse } from './analyse.js'

const rule = regression()

/** Mean and number of runs of each second. */
function route(means: readonly number[], counts: readonly number[] = constant(means.length, 10), startsAfterMs = 0) {
  const durations = means.flatMap((ms, i) => constant(counts[i] as number, ms))
  const operations: OperationDescription[] = [{ operation: 'GET /flats', durations }]
  const columns = {
    count: counts,
    failedCount: constant(means.length, 0),
    totalMs: means.map((ms, i) => ms * (counts[i] as number)),
  }
  return { operations, sampleCount: means.length, startsAfterMs, operationColumns: () => columns }
}

const wobble = (ms: number, n: number) => Array.from({ length: n }, (_, i) => ms * (0.9 + (0.2 * ((i * 7) % 10)) / 10))

describe('regression', () => {
  it('says since when, before and after, and what as before would be', () => {
    const [finding, ...more] = analyse(rule, route([...wobble(25, 60), ...wobble(165, 60)]))
    expect(more).toEqual([])
    expect(finding?.bottleneck.operation).toBe('GET /flats')
    const at = new Date(WINDOW_START + 60_000).toISOString()
    expect(finding?.bottleneck.title).toContain(`since ${at}`)
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact?.metric).toBe('averageDurationMs')
    expect(impact?.current).toBeCloseTo(163, 0)
    expect(impact?.predicted).toBeCloseTo(24.75, 1)
  })

  it.each([
    ['no change', wobble(100, 120)],
    ['a change that nobody feels', [...wobble(5, 60), ...wobble(15, 60)]],
    ['a small one', [...wobble(100, 60), ...wobble(130, 60)]],
    ['a spike that is over', [...wobble(25, 50), ...wobble(300, 20), ...wobble(25, 50)]],
    ['an improvement', [...wobble(165, 60), ...wobble(25, 60)]],
    ['too little since', [...wobble(25, 112), ...wobble(165, 8)]],
  ])('is silent for %s', (_, means) => {
    expect(analyse(rule, route(means))).toEqual([])
  })

  it('is silent where the load rose, and in start-up', () => {
    const means = [...wobble(25, 60), ...wobble(165, 60)]
    expect(analyse(rule, route(means, [...constant(60, 5), ...constant(60, 10)]))).toEqual([])
    const young = [...wobble(25, 12), ...wobble(165, 60)]
    expect(analyse(rule, route(young, undefined, 5000))).toEqual([])
  })

  it('believes only large ones while other processes use the CPU', () => {
    const system = { cpuUsagePercent: constant(120, 98) }
    expect(analyse(rule, { ...route([...wobble(50, 60), ...wobble(110, 60)]), system })).toEqual([])
    expect(analyse(rule, { ...route([...wobble(50, 60), ...wobble(210, 60)]), system })).toHaveLength(1)
  })

  it('does not take other processes that filled the host at that time for a change of the code, unless it is a large one', () => {
    const filled = (own: number) => ({
      system: { cpuUsagePercent: [...constant(60, 40), ...constant(60, 96)] },
      latestSystem: { cpuCoresPercent: [96, 96] },
      runtime: { cpuPercent: [...constant(60, 20), ...constant(60, own)] },
    })
    const slower = (ms: number) => route([...wobble(50, 60), ...wobble(ms, 60)])
    expect(analyse(rule, { ...slower(180), ...filled(20) })).toEqual([])
    expect(analyse(rule, { ...slower(280), ...filled(20) })).toHaveLength(1)
    // the process itself took it
    expect(analyse(rule, { ...slower(180), ...filled(130) })).toHaveLength(1)
  })
})
