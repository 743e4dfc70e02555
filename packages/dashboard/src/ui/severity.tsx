import type { AlertSeverity } from '../../../core/src/types/alerts.js'
import type { FindingSeverity } from '../../../core/src/types/findings.js'

export type Tone = 'critical' | 'warning' | 'info' | 'ok'

export function toneOf(severity: AlertSeverity | FindingSeverity): Tone {
  if (severity === 'critical' || severity === 'high') return 'critical'
  return severity === 'warning' || severity === 'medium' ? 'warning' : 'info'
}

/** Shapes differ as well as colours: octagon, triangle, circle, check. */
export function SeverityIcon({ tone }: { tone: Tone }) {
  return (
    <svg class={`icon tone-${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {tone === 'critical' && (
        <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM7.1 4v5h1.8V4zm0 6.4v1.8h1.8v-1.8z" fill-rule="evenodd" />
      )}
      {tone === 'warning' && <path d="M8 1l7.5 14H.5zM7.1 6v4.6h1.8V6zm0 5.7v1.7h1.8v-1.7z" fill-rule="evenodd" />}
      {tone === 'info' && <path d="M8 1a7 7 0 110 14A7 7 0 018 1zm-.9 3v1.8h1.8V4zm0 3v5h1.8V7z" fill-rule="evenodd" />}
      {tone === 'ok' && (
        <path d="M8 1a7 7 0 110 14A7 7 0 018 1zm3.2 3.8L7 9 4.8 6.9 3.6 8.1 7 11.5l5.4-5.4z" fill-rule="evenodd" />
      )}
    </svg>
  )
}

export function Severity({ value }: { value: AlertSeverity | FindingSeverity }) {
  const tone = toneOf(value)
  return (
    <span class={`severity tone-${tone}`}>
      <SeverityIcon tone={tone} />
      {value}
    </span>
  )
}
