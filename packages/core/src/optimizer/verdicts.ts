// Culprits and victims told apart: a finding that another one explains is left out, and its operation is listed under the culprit.
import type { Finding, FindingSeverity, Victim } from '../types/findings.js'
import { SEVERITIES } from './findings.js'

const MAX_VICTIMS = 20

/**
 * The findings that remain. A culprit is at least as grave as the gravest that it explains. What is low by its own figures explains
 * nothing that is graver: a crowded host must not take the blame for an empty pool. A step for each that explains others.
 */
export function* withoutVictims(findings: readonly Finding[]): Generator<void, Finding[]> {
  const ranked = [...findings].sort(byGravity)
  const explained = new Map<Finding, Finding>()
  for (const [rank, culprit] of ranked.entries()) {
    if (culprit.explains === undefined || explained.has(culprit)) continue
    yield
    for (const [otherRank, other] of ranked.entries()) {
      if (other === culprit || explained.has(other) || isTooLight(culprit, other) || !culprit.explains(other)) continue
      // each explains the other: the graver one is the culprit, and it comes first
      if (otherRank < rank && other.explains?.(culprit) === true) continue
      explained.set(other, culprit)
    }
  }
  yield
  const victims = new Map<Finding, Finding[]>()
  for (const finding of explained.keys()) victims.set(rootOf(finding, explained), [])
  for (const finding of ranked) if (explained.has(finding)) victims.get(rootOf(finding, explained))?.push(finding)
  return ranked
    .filter((finding) => !explained.has(finding))
    .map((culprit) => joined(culprit, victims.get(culprit) ?? []))
}

function isTooLight(culprit: Finding, other: Finding): boolean {
  return culprit.bottleneck.severity === 'low' && other.bottleneck.severity !== 'low'
}

function rootOf(finding: Finding, explained: ReadonlyMap<Finding, Finding>): Finding {
  let root = finding
  for (let n = 0; n < explained.size; n++) {
    const culprit = explained.get(root)
    if (culprit === undefined) break
    root = culprit
  }
  return root
}

function joined(culprit: Finding, others: readonly Finding[]): Finding {
  if (others.length === 0) return culprit
  const { bottleneck } = culprit
  const victims = [...(bottleneck.victims ?? [])]
  let { severity, impactScore } = bottleneck
  for (const { bottleneck: other } of others) {
    severity = graver(severity, other.severity)
    impactScore = Math.max(impactScore, other.impactScore)
    for (const victim of [...(other.victims ?? []), ...victimOf(other)]) {
      if (victims.length >= MAX_VICTIMS) break
      const isCulprit = victim.component === bottleneck.component && victim.operation === bottleneck.operation
      const isKnown = victims.some(
        (known) => known.component === victim.component && known.operation === victim.operation,
      )
      if (!isCulprit && !isKnown) victims.push(victim)
    }
  }
  return { ...culprit, bottleneck: { ...bottleneck, severity, impactScore, victims: victims.slice(0, MAX_VICTIMS) } }
}

function victimOf({ component, operation, evidence }: Finding['bottleneck']): Victim[] {
  const [worst] = evidence
  if (component === null || operation === null || worst === undefined) return []
  return [{ component, operation, metric: worst.metric, value: worst.value, unit: worst.unit }]
}

function byGravity(a: Finding, b: Finding): number {
  const bySeverity = SEVERITIES.indexOf(a.bottleneck.severity) - SEVERITIES.indexOf(b.bottleneck.severity)
  return bySeverity || b.bottleneck.impactScore - a.bottleneck.impactScore
}

function graver(a: FindingSeverity, b: FindingSeverity): FindingSeverity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b
}
