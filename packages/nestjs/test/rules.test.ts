import { Inject, Injectable, Module } from '@nestjs/common'
import type { OptimizerRule } from '@perf-monitor/core'
import { expect, it } from 'vitest'
import { MonitorRule, PerfMonitorModule } from '../src/index.js'
import { quietMonitor, startContext } from './kit/apps.js'

it('providers are rules of the optimizer while the app runs', async () => {
  @MonitorRule()
  @Injectable()
  class QuotaRule implements OptimizerRule {
    readonly name = 'quota'
    rounds = 0

    constructor(@Inject('LIMIT') readonly limit: number) {}

    evaluate() {
      this.rounds++
      return [
        {
          bottleneck: {
            type: 'quota',
            severity: 'low' as const,
            title: `above ${this.limit}`,
            description: 'a rule of the app',
            component: null,
            operation: null,
            impactScore: 0.1,
            evidence: [],
            location: null,
          },
          recommendations: [],
        },
      ]
    }
  }
  const monitor = quietMonitor()
  @Module({ providers: [QuotaRule, { provide: 'LIMIT', useValue: 7 }] })
  class RulesModule {}
  @Module({ imports: [RulesModule, PerfMonitorModule.forRoot(monitor)] })
  class AppModule {}
  const before = monitor.optimizer.ruleNames
  const context = await startContext(AppModule)
  expect(monitor.optimizer.ruleNames).toEqual([...before, 'quota'])
  const found = await monitor.identifyBottlenecks()
  expect(found.map(({ title }) => title)).toContain('above 7')
  expect(context.get(QuotaRule).rounds).toBe(1)
  await context.close()
  expect(monitor.optimizer.ruleNames).toEqual(before)
})
