import { describe, expect, it } from 'vitest'
import { optimizerRules } from '../../src/optimizer/rules.js'
import type { WantedCapture } from '../../src/types/captures.js'
import { constant } from '../helpers/window.js'
import { analyse } from './rules/analyse.js'

describe('the order of the rules', () => {
  const wantedWith = (pausePercent: number): WantedCapture[] => {
    const wanted: WantedCapture[] = []
    const runtime = {
      'gc.pausePercent': constant(60, pausePercent),
      eventLoopUtilizationPercent: constant(60, 75),
      cpuPercent: constant(60, 75),
    }
    const operations = [{ operation: 'GET /', durations: constant(600, 80) }]
    for (const rule of optimizerRules()) analyse(rule, { runtime, operations }, { wanted })
    return wanted
  }

  it('asks who allocates first where collections are a good part of what the loop does', () => {
    expect(wantedWith(30)[0]?.type).toBe('allocation')
    expect(wantedWith(4)[0]).toEqual({ type: 'cpu', reason: 'event loop busy' })
  })
})
