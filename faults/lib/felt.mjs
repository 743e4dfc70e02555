// What users feel of an app, and whether they feel a fault at all: at half of the load nobody waits in a queue that the whole load makes.
const FELT_SHARE = 0.25 // of the twin's p95: less is the noise of two runs
const FELT_MS = 10
const FAILED_SHARE = 0.01

/** Of one kind of request: its durations become two figures, `null` without any. */
export function felt({ durationsMs, ...total }) {
  const sorted = [...durationsMs].sort((a, b) => a - b)
  const at = (share) => sorted[Math.ceil(share * sorted.length) - 1] ?? null
  return { ...total, p50Ms: at(0.5), p95Ms: at(0.95) }
}

/**
 * The kind of request that is worse for the fault than for the twin: slower at p95 by a quarter and by 10 ms, or failing more often
 * by one in a hundred. `null` when users feel no difference.
 * @param {{ fault: object[], twin: object[] }} loads what `felt` made of each kind, in the same order
 */
export function feltBy({ fault, twin }) {
  for (const [i, total] of fault.entries()) {
    const other = twin[i]
    if (failedShare(total) - failedShare(other) > FAILED_SHARE) return total
    if (total.p95Ms === null || other.p95Ms === null) continue
    if (total.p95Ms - other.p95Ms > Math.max(FELT_MS, FELT_SHARE * other.p95Ms)) return total
  }
  return null
}

/** Of what was wanted: not sent (too many in flight), not answered, or answered with a failure. */
function failedShare({ sent, skipped, errors, status }) {
  const failures = Object.entries(status).reduce((sum, [code, count]) => sum + (Number(code) >= 500 ? count : 0), 0)
  return sent + skipped === 0 ? 0 : (skipped + errors + failures) / (sent + skipped)
}
