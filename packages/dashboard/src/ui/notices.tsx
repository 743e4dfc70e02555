// What is wrong with the data, in one strip below the header: nothing, most of the time.

import { linkTo } from '../routing.js'
import { liveness } from '../state/reducers.js'
import type { Part, State } from '../state/state.js'
import { formatAge, formatClock } from '../time.js'
import { useApp } from './context.js'
import { SeverityIcon } from './severity.js'

/** Without the request or the profile that a view is about: it says so itself. */
const PART_NAMES: Partial<Record<Part, string>> = {
  snapshot: 'figures',
  history: 'course',
  operation: 'course of the operation',
  report: 'findings',
  alerts: 'alerts',
  health: 'health',
  traces: 'kept requests',
  profiles: 'profiles',
  gauges: 'pools and resources',
}

export function Notices({ state }: { state: State }) {
  const { client } = useApp()
  const { connection, nowMs, lastSampleAtMs, health, failures, basePath, route } = state
  const is = liveness(state)
  if (connection.state === 'refused') {
    return (
      <div class="notice notice-critical" role="alert">
        <SeverityIcon tone="critical" />
        <span>
          Refused ({connection.status}): {connection.message}{' '}
          {connection.status === 401 ? (
            <a href={basePath || '/'}>Sign in</a>
          ) : (
            <>
              Who may see this page is decided by <code>auth</code> in the monitor's configuration.
            </>
          )}
        </span>
      </div>
    )
  }
  if (connection.state === 'disconnected') {
    const inSeconds = Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000))
    return (
      <div class="notice notice-warning" role="alert">
        <SeverityIcon tone="warning" />
        <span>
          Disconnected since {formatClock(connection.sinceMs)}. What you see is what was known then.{' '}
          {inSeconds > 0 ? `Trying again in ${inSeconds} s.` : 'Trying again…'}
        </span>
        <button type="button" class="button" onClick={() => client?.retryNow()}>
          Try now
        </button>
      </div>
    )
  }
  if (is === 'stale' && lastSampleAtMs !== null) {
    return (
      <div class="notice notice-warning" role="status">
        <SeverityIcon tone="warning" />
        <span>
          Last sample {formatAge(nowMs - lastSampleAtMs)} ago: the app's event loop is blocked, or sampling has stopped.
        </span>
      </div>
    )
  }
  const missing = (Object.keys(PART_NAMES) as Part[]).filter((part) => failures[part] !== undefined)
  const first = missing[0]
  if (first !== undefined) {
    return (
      <div class="notice notice-info" role="status">
        <SeverityIcon tone="info" />
        <span>
          Partial: no new {missing.map((part) => PART_NAMES[part]).join(', ')} ({failures[first]}).
        </span>
      </div>
    )
  }
  const degraded = health?.degraded ?? []
  if (degraded.length === 0) return null
  return (
    <div class="notice notice-info" role="status">
      <SeverityIcon tone="info" />
      <span>
        Partial: {degraded.map(({ part }) => part).join(', ')} {degraded.length === 1 ? 'is' : 'are'} failing
        {degraded.length === 1 ? `: ${degraded[0]?.lastError}` : ''}.{' '}
        <a href={linkTo(route, { view: 'system' })}>Details</a>
      </span>
    </div>
  )
}
