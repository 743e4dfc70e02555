// What leaves the process for an advisor. Findings carry no values by construction; what the app's own rules and error texts bring
// is cleaned once more, by its look.
import type { AdvisorFinding } from '../types/advice.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'

export const MAX_FINDINGS = 20 // the worst; a text about more is no advice
const MAX_LIST = 10 // evidence, victims and recommendations of one finding
const MAX_TEXT_LENGTH = 1500

const ADDRESS = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]]+/gi
const QUERY = /(\/[\w:*.~-]{0,100})\?[^\s"'`<>)\]]+/g
const MAIL = /[^\s@/"'`<(]{1,64}@[^\s@/"'`>)]{1,200}\.[a-z]{2,24}\b/gi
const CREDENTIAL =
  /\b(bearer|basic|token|password|passwd|pwd|secret|api[-_ ]?key|authorization)\b(["']?\s*[:= ]\s*["']?)[^\s"'`,;)]+/gi
const UUID = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi
// keys, hashes, tokens: long, with letters and digits mixed; a path or a name in words has no such run
const OPAQUE = /(?<![\w/.-])(?=[\w+=-]*\d)(?=[\w+=-]*[a-z])[\w+=-]{20,}(?![\w/.-])/gi

/** A text without what could be a value of somebody. */
export function redactText(text: string): string {
  const cleaned = text
    .slice(0, MAX_TEXT_LENGTH * 2)
    .replace(ADDRESS, '(address)')
    .replace(QUERY, '$1')
    .replace(MAIL, '(mail)')
    .replace(CREDENTIAL, '$1$2(hidden)')
    .replace(UUID, '(id)')
    .replace(OPAQUE, '(hidden)')
  return cleaned.length > MAX_TEXT_LENGTH ? `${cleaned.slice(0, MAX_TEXT_LENGTH - 1)}…` : cleaned
}

export function redactFindings(
  bottlenecks: readonly PerformanceBottleneck[],
  recommendations: readonly OptimizationRecommendation[],
): AdvisorFinding[] {
  return bottlenecks.slice(0, MAX_FINDINGS).map((finding) => ({
    id: finding.id,
    type: redactText(finding.type),
    severity: finding.severity,
    title: redactText(finding.title),
    description: redactText(finding.description),
    component: orNull(finding.component),
    operation: orNull(finding.operation),
    impactScore: finding.impactScore,
    evidence: finding.evidence.slice(0, MAX_LIST).map(({ metric, value, unit, threshold }) => ({
      metric: redactText(metric),
      value,
      unit: redactText(unit),
      ...(threshold !== undefined && { threshold }),
    })),
    location: finding.location === null ? null : { ...finding.location },
    victims: finding.victims.slice(0, MAX_LIST).map(({ component, operation, metric, value, unit }) => ({
      component: redactText(component),
      operation: redactText(operation),
      metric,
      value,
      unit,
    })),
    recommendations: recommendations
      .filter(({ bottleneckId }) => bottleneckId === finding.id)
      .slice(0, MAX_LIST)
      .map(({ type, title, description, priority, implementationEffort, estimatedImpact }) => ({
        type,
        title: redactText(title),
        description: redactText(description),
        priority,
        implementationEffort,
        estimatedImpact,
      })),
    firstSeen: finding.firstSeen,
  }))
}

function orNull(text: string | null): string | null {
  return text === null ? null : redactText(text)
}
