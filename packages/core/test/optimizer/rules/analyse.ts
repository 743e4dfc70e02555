import { DEFAULT_THRESHOLDS } from '../../../src/config/defaults.js'
import { type Captures, NO_CAPTURES, type WantedCapture } from '../../../src/types/captures.js'
import type { Finding, OptimizerRule } from '../../../src/types/findings.js'
import { atOnce, isSteps } from '../../../src/types/reading.js'
import { metricsWindow, type WindowDescription } from '../../helpers/window.js'

/** What a rule finds in a window (and in captures), with the contract's default thresholds. */
export function analyse(
  rule: OptimizerRule,
  description: WindowDescription,
  { captures = {}, wanted = [] }: { captures?: Partial<Captures>; wanted?: WantedCapture[] } = {},
): Finding[] {
  const returned = rule.evaluate({
    window: metricsWindow(description),
    thresholds: DEFAULT_THRESHOLDS,
    captures: { ...NO_CAPTURES, ...captures },
    want: (capture) => wanted.push(capture),
  })
  return isSteps<Finding[]>(returned) ? atOnce(returned) : returned
}

export function evidence(finding: Finding | undefined, metric: string): number | undefined {
  return finding?.bottleneck.evidence.find((item) => item.metric === metric)?.value
}
