import { formatCount } from '../format.js'
import type { State } from '../state/state.js'
import { Empty, Moment } from '../ui/bits.js'
import { SeverityIcon } from '../ui/severity.js'

/** What of the monitor fails, and what its limits turned away. */
export function MonitorHealth({ state }: { state: State }) {
  const { health, mode, failures } = state
  if (health === null) {
    if (mode === 'report') return <Empty>Not part of a report.</Empty>
    return <Empty>{failures.health ? `Not known: ${failures.health}.` : 'Loading…'}</Empty>
  }
  const full = health.limits.filter(({ rejected }) => rejected > 0)
  const nowMs = state.nowMs + state.clockOffsetMs
  return (
    <>
      <p class="health-line">
        <SeverityIcon tone={health.status === 'ok' ? 'ok' : 'warning'} />
        {health.status === 'ok' ? 'All parts work.' : `${formatCount(health.degraded.length)} of its parts failed:`}
      </p>
      {health.degraded.length > 0 && (
        <table>
          <tbody>
            {health.degraded.map(({ part, faults, lastError, lastAt }) => (
              <tr key={part}>
                <th scope="row">{part}</th>
                <td>{lastError}</td>
                <td class="number nowrap">
                  {formatCount(faults)} × · <Moment time={lastAt} nowMs={nowMs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {full.map(({ name, limit, rejected }) => (
        <p key={name} class="health-line">
          <SeverityIcon tone="info" />
          <span>
            <code>{name}</code> is full at {formatCount(limit)}: {formatCount(rejected)} turned away.
          </span>
        </p>
      ))}
    </>
  )
}
