// Providers as rules of the optimizer: found by their decorator in whichever module they stand.
import type { ModulesContainer } from '@nestjs/core'
import type { PerformanceMonitor } from '@perf-monitor/core/adapter'

type Rule = Parameters<PerformanceMonitor['optimizer']['addRule']>[0]

const ruleClasses = new WeakSet<object>()

/** Makes a provider an optimizer rule: it has a `name` and `evaluate({ window, thresholds })`, which returns findings. */
export function MonitorRule(): ClassDecorator {
  return (target) => {
    ruleClasses.add(target)
  }
}

/** @returns the names of the rules, for who takes them off again */
export function addRules(monitor: PerformanceMonitor, modules: ModulesContainer): string[] {
  const rules = new Set<Rule>()
  for (const { providers } of modules.values()) {
    for (const { instance } of providers.values()) {
      if (instance !== null && typeof instance === 'object' && ruleClasses.has(instance.constructor)) {
        rules.add(instance as Rule)
      }
    }
  }
  for (const rule of rules) monitor.optimizer.addRule(rule)
  return [...rules].map(({ name }) => name)
}
