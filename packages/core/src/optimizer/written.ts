// Findings are texts of many parts: written one a step, so that a rule with hundreds of candidates does not hold the event loop.
import type { Finding } from '../types/findings.js'

/** The `limit` that users feel most, the most felt first. */
export function* written<T>(
  items: Iterable<T>,
  write: (item: T) => Finding,
  limit: number,
): Generator<void, Finding[]> {
  const findings: Finding[] = []
  for (const item of items) {
    yield
    findings.push(write(item))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, limit)
}
