import { useState } from 'preact/hooks'
import type { PerformanceAlert } from '../../../core/src/types/alerts.js'
import { formatWithUnit } from '../format.js'
import { linkTo, type Route } from '../routing.js'
import { formatAge, toMs } from '../time.js'
import { Age, Heads, Moment } from '../ui/bits.js'
import { useApp } from '../ui/context.js'
import { Severity } from '../ui/severity.js'

const SILENCE_CHOICES = [
  { label: '1 hour', forMs: 3_600_000 },
  { label: '8 hours', forMs: 28_800_000 },
  { label: '3 days', forMs: 259_200_000 },
]

const DETAIL_COLUMNS = [
  ['Value', 'number wide-only'],
  ['Threshold', 'number wide-only'],
  ['State', 'wide-only'],
] as const
const SILENCE_COLUMN = [['Silence', 'number no-print hidden-label']] as const

interface AlertRowsProps {
  alerts: readonly PerformanceAlert[]
  route: Route
  nowMs: number
  /** Beside something else: severity, message and age only. */
  compact?: boolean
}

export function AlertRows({ alerts, route, nowMs, compact = false }: AlertRowsProps) {
  const { client } = useApp()
  const silenceable = client !== null && !compact
  return (
    <table class={compact ? 'alerts compact' : 'alerts'}>
      <Heads
        columns={[
          ['Severity'],
          ['Alert'],
          ...(compact ? [] : DETAIL_COLUMNS),
          ['Since', 'number'],
          ...(silenceable ? SILENCE_COLUMN : []),
        ]}
      />
      <tbody>
        {alerts.map((alert) => (
          <tr key={alert.id}>
            <td class="nowrap">
              <Severity value={alert.severity} />
            </td>
            <td>
              <Message alert={alert} route={route} />
            </td>
            {!compact && (
              <>
                <td class="number wide-only nowrap">
                  <b>{formatWithUnit(alert.value, alert.unit)}</b>
                </td>
                <td class="number wide-only nowrap">{formatWithUnit(alert.threshold, alert.unit)}</td>
                <td class="wide-only nowrap">{alert.silenced ? `${alert.state}, silenced` : alert.state}</td>
              </>
            )}
            <td class="number nowrap">
              <Age time={alert.startedAt} nowMs={nowMs} />
            </td>
            {silenceable && (
              <td class="number no-print nowrap">
                {alert.state === 'firing' && !alert.silenced && <SilenceControl alert={alert} />}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function AlertHistory({ alerts, route, nowMs }: Omit<AlertRowsProps, 'compact'>) {
  return (
    <table class="alerts">
      <Heads
        columns={[
          ['Severity'],
          ['Alert'],
          ['Began', 'number wide-only'],
          ['Resolved', 'number'],
          ['Lasted', 'number wide-only'],
        ]}
      />
      <tbody>
        {alerts.map((alert) => (
          <tr key={alert.id}>
            <td class="nowrap">
              <Severity value={alert.severity} />
            </td>
            <td>
              <Message alert={alert} route={route} />
            </td>
            <td class="number wide-only nowrap">
              <Moment time={alert.startedAt} nowMs={nowMs} />
            </td>
            <td class="number nowrap">
              <Moment time={alert.resolvedAt} nowMs={nowMs} />
            </td>
            <td class="number wide-only nowrap">{lasted(alert)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Message({ alert, route }: { alert: PerformanceAlert; route: Route }) {
  const { component, operation, message } = alert
  const text =
    component !== null && operation !== null ? (
      <a href={linkTo(route, { view: 'operation', component, operation })}>{message}</a>
    ) : (
      message
    )
  return (
    <>
      {text} <span class="tag">{alert.rule}</span>
    </>
  )
}

function lasted({ startedAt, resolvedAt }: PerformanceAlert): string {
  const from = toMs(startedAt)
  const to = toMs(resolvedAt)
  return from === null || to === null ? '–' : formatAge(to - from)
}

function SilenceControl({ alert }: { alert: PerformanceAlert }) {
  const { client } = useApp()
  const [problem, setProblem] = useState<string | null>(null)
  const silence = async (value: string) => {
    const choice = SILENCE_CHOICES.find(({ label }) => label === value)
    if (choice !== undefined && client !== null) setProblem(await client.silence(alert, choice.forMs))
  }
  return (
    <>
      <select
        class="button"
        aria-label={`Silence ${alert.rule}`}
        value=""
        onChange={(event) => void silence((event.currentTarget as HTMLSelectElement).value)}
      >
        <option value="">silence…</option>
        {SILENCE_CHOICES.map(({ label }) => (
          <option key={label} value={label}>
            for {label}
          </option>
        ))}
      </select>
      {problem !== null && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
    </>
  )
}
