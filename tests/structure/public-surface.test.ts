// Names once released are kept: a change here is a change of the contract.

import * as core from '@perf-monitor/core'
import * as adapter from '@perf-monitor/core/adapter'
import * as express from '@perf-monitor/express'
import { describe, expect, it } from 'vitest'

const membersOf = (type: { prototype: object }) =>
  Object.getOwnPropertyNames(type.prototype)
    .filter((name) => name !== 'constructor')
    .sort()

describe('public surface', () => {
  it('of @perf-monitor/core', () => {
    expect(Object.keys(core).sort()).toEqual([
      'ManualClock',
      'PerfMonitorError',
      'PerformanceMonitor',
      'openAiAdvisor',
      'systemClock',
    ])
  })

  it('of @perf-monitor/core/adapter', () => {
    expect(Object.keys(adapter).sort()).toEqual(['PerformanceMonitor', 'adapterHost', 'attachmentOf', 'bridgeHost'])
  })

  it('of @perf-monitor/express', () => {
    expect(Object.keys(express)).toEqual(['perfMonitor'])
  })

  it('of PerformanceMonitor', () => {
    expect(membersOf(core.PerformanceMonitor)).toEqual([
      'exportReport',
      'getHistory',
      'getRecommendations',
      'getSnapshot',
      'identifyBottlenecks',
      'instrument',
      'instruments',
      'operation',
      'recordOperation',
      'running',
      'sample',
      'start',
      'stop',
      'track',
    ])
    const monitor = new core.PerformanceMonitor({ enabled: false })
    expect(Object.keys(monitor).sort()).toEqual([
      'alerts',
      'config',
      'guard',
      'http',
      'optimizer',
      'profiler',
      'tracker',
    ])
  })
})
