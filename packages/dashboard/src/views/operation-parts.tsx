import type { OperationMetrics } from '../../../core/src/types/metrics.js'
import { Cell, Heads, Share } from '../ui/bits.js'

/** Percentiles on a logarithmic bar: what the tail costs is seen at once. */
export function Distribution({ metrics }: { metrics: OperationMetrics }) {
  const points: [string, number | null][] = [
    ['fastest', metrics.minDurationMs],
    ['p50', metrics.p50Ms],
    ['p90', metrics.p90Ms],
    ['p95', metrics.p95Ms],
    ['p99', metrics.p99Ms],
    ['p99.9', metrics.p999Ms],
    ['slowest', metrics.maxDurationMs],
  ]
  const low = Math.log10(Math.max(0.001, metrics.minDurationMs ?? 0.001)) - 0.3 // so that the fastest has a bar too
  const high = Math.log10(Math.max(0.002, metrics.maxDurationMs ?? 1))
  const width = (value: number) =>
    Math.max(1, Math.min(100, ((Math.log10(Math.max(0.001, value)) - low) / (high - low)) * 100))
  return (
    <table class="bars">
      <Heads class="off-screen" columns={[['Percentile'], ['Bar, logarithmic'], ['Duration']]} />
      <tbody>
        {points.map(([label, value]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td class="bar-cell" aria-hidden="true">
              {value !== null && <span class="share-fill fill-accent" style={{ width: `${width(value)}%` }} />}
            </td>
            <Cell value={value} unit="duration" />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function StatusCodes({ codes }: { codes: [code: string, count: number][] }) {
  const total = codes.reduce((sum, [, count]) => sum + count, 0)
  return (
    <table class="bars">
      <Heads class="off-screen" columns={[['Status'], ['Share'], ['Count']]} />
      <tbody>
        {codes.map(([code, count]) => (
          <tr key={code}>
            <th scope="row">
              {code}
              {code === '499' && <span class="muted"> client left</span>}
            </th>
            <td class="bar-cell">
              <Share percent={total === 0 ? null : (count / total) * 100} tone={toneOfCode(code)} />
            </td>
            <Cell value={count} unit="count" />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function toneOfCode(code: string): 'accent' | 'critical' | 'warning' {
  if (code >= '500') return 'critical'
  return code >= '400' ? 'warning' : 'accent'
}
