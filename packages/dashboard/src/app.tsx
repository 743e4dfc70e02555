// The frame around every view: header, navigation, what is wrong with the data, keys.
import { useEffect, useState } from 'preact/hooks'
import { formatCount } from './format.js'
import { HelpDialog, useKeys } from './keys.js'
import { formatRoute, linkTo, type Route, type View } from './routing.js'
import { describeRange, formatRange, parseRange, RANGE_CHOICES } from './state/range.js'
import { liveness } from './state/reducers.js'
import type { State } from './state/state.js'
import { isDark, onAppearance, setTheme } from './theme.js'
import { formatAge, formatSpan, formatWhole } from './time.js'
import { navigate, useApp, useAppState } from './ui/context.js'
import { Notices } from './ui/notices.js'
import { Alerts } from './views/alerts.js'
import { Finding } from './views/finding.js'
import { Findings } from './views/findings.js'
import { OperationView } from './views/operation.js'
import { Operations } from './views/operations.js'
import { Overview } from './views/overview.js'
import { ProfileView } from './views/profile.js'
import { Profiles } from './views/profiles.js'
import { System } from './views/system.js'
import { TraceView } from './views/trace.js'

const VIEW_NAMES: Record<View, string> = {
  overview: 'Overview',
  findings: 'Findings',
  finding: 'Finding',
  operations: 'Operations',
  operation: 'Operation',
  trace: 'Trace',
  alerts: 'Alerts',
  profiles: 'Profiles',
  profile: 'Profile',
  system: 'System',
}

export function App() {
  const state = useAppState()
  const [help, setHelp] = useState(false)
  useKeys(state.route, () => setHelp(true))
  useEffect(() => {
    const name = state.route.view === 'operation' ? state.route.operation : VIEW_NAMES[state.route.view]
    document.title = `${name} · ${state.serviceName || 'perf-monitor'}`
  }, [state.route, state.serviceName])
  // a new view begins at its top, as a new page would
  const place = `${state.route.view} ${state.route.id} ${state.route.view === 'operation' ? state.route.operation : ''}`
  useEffect(() => window.scrollTo(0, 0), [place])
  if (state.mode === 'none') return <NoData />
  return (
    <>
      <a class="skip" href={`${formatRoute(state.route)}`} onClick={focusMain}>
        Skip to the figures
      </a>
      <Header state={state} onHelp={() => setHelp(true)} />
      <Notices state={state} />
      <main id="main" tabIndex={-1}>
        {state.connection.state === 'refused' && state.snapshot === null ? null : <ViewOf state={state} />}
      </main>
      <footer>
        <span>
          {state.snapshot && `Node ${state.snapshot.service.node} · ${state.snapshot.service.instanceId} · `}
          times are local ({Intl.DateTimeFormat().resolvedOptions().timeZone})
        </span>
        <span class="print-only">{location.href}</span>
      </footer>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </>
  )
}

function ViewOf({ state }: { state: State }) {
  switch (state.route.view) {
    case 'overview':
      return <Overview state={state} />
    case 'findings':
      return <Findings state={state} />
    case 'finding':
      return <Finding state={state} />
    case 'operations':
      return <Operations state={state} />
    case 'operation':
      return <OperationView state={state} />
    case 'trace':
      return <TraceView state={state} />
    case 'alerts':
      return <Alerts state={state} />
    case 'profiles':
      return <Profiles state={state} />
    case 'profile':
      return <ProfileView state={state} />
    case 'system':
      return <System state={state} />
  }
}

function Header({ state, onHelp }: { state: State; onHelp: () => void }) {
  const { serviceName, serviceVersion, route, findings, alerts, mode, reportWindow } = state
  const firing = alerts?.active.filter((alert) => alert.state === 'firing').length
  return (
    <header>
      <div class="brand">
        <span class="product">perf-monitor</span>
        <b>{serviceName}</b>
        {serviceVersion !== null && <span class="muted">{serviceVersion}</span>}
      </div>
      <nav aria-label="Views" class="no-print">
        <NavLink route={route} view="overview" />
        <NavLink route={route} view="findings" count={findings?.bottlenecks.length} />
        <NavLink route={route} view="operations" />
        <NavLink route={route} view="alerts" count={firing} />
        {mode === 'live' && <NavLink route={route} view="profiles" />}
        <NavLink route={route} view="system" />
      </nav>
      <div class="controls">
        {mode === 'report' && reportWindow !== null ? (
          <span class="report-label">
            report ·{' '}
            <span title={`${formatWhole(reportWindow.fromMs)} – ${formatWhole(reportWindow.toMs)}`}>
              {formatSpan(reportWindow.fromMs, reportWindow.toMs)}
            </span>
          </span>
        ) : (
          <LiveControls state={state} />
        )}
        <ThemeButton />
        <button
          type="button"
          class="icon-button no-print wide-only"
          aria-label="Keys"
          title="Keys (?)"
          onClick={onHelp}
        >
          ?
        </button>
      </div>
    </header>
  )
}

function NavLink({ route, view, count }: { route: Route; view: View; count?: number | undefined }) {
  const current = route.view === view || `${route.view}s` === view
  return (
    <a href={linkTo(route, { view })} aria-current={current ? 'page' : undefined}>
      {VIEW_NAMES[view]}
      {count !== undefined && count > 0 && <span class="badge">{formatCount(count)}</span>}
    </a>
  )
}

function LiveControls({ state }: { state: State }) {
  const { client } = useApp()
  const { route, signedIn } = state
  const fixed = route.range.kind === 'fixed'
  const known = RANGE_CHOICES.some(({ lastMs }) => route.range.kind === 'last' && route.range.lastMs === lastMs)
  return (
    <>
      <select
        class="button"
        aria-label="Time range"
        value={formatRange(route.range)}
        onChange={(event) =>
          navigate({ ...route, range: parseRange((event.currentTarget as HTMLSelectElement).value) })
        }
      >
        {!known && <option value={formatRange(route.range)}>{describeRange(route.range, formatSpan)}</option>}
        {RANGE_CHOICES.map(({ label, lastMs }) => (
          <option key={label} value={formatRange({ kind: 'last', lastMs })}>
            {label}
          </option>
        ))}
      </select>
      {fixed && (
        <a class="button no-print" href={formatRoute({ ...route, range: parseRange(null) })}>
          back to live
        </a>
      )}
      <LiveState state={state} />
      {signedIn && (
        <button type="button" class="button no-print" onClick={() => void client?.signOut()}>
          Sign out
        </button>
      )}
    </>
  )
}

function LiveState({ state }: { state: State }) {
  const is = liveness(state)
  const age = state.lastSampleAtMs === null ? '' : formatAge(state.nowMs - state.lastSampleAtMs)
  const words: Record<typeof is, string> = {
    connecting: 'connecting',
    live: 'live',
    stale: `stale ${age}`,
    disconnected: 'disconnected',
    refused: 'refused',
    frozen: '',
  }
  return (
    <span class={`live live-${is}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words[is]}
    </span>
  )
}

function ThemeButton() {
  const [dark, setDark] = useState(isDark)
  useEffect(() => onAppearance(() => setDark(isDark())), [])
  const label = dark ? 'Light colours' : 'Dark colours'
  return (
    <button
      type="button"
      class="icon-button no-print"
      aria-label={label}
      title={label}
      onClick={() => setTheme(dark ? 'light' : 'dark')}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path
          d="M8 1a7 7 0 100 14A7 7 0 008 1zm0 1.6v10.8A5.4 5.4 0 018 2.6z"
          fill-rule="evenodd"
          fill="currentColor"
        />
      </svg>
    </button>
  )
}

function focusMain(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function NoData() {
  return (
    <main class="no-data">
      <h1>perf-monitor</h1>
      <p>
        This is the page as it was built, without data. It shows something when a monitored app serves it at{' '}
        <code>/perf</code>, or when it is saved as a report.
      </p>
      <p>
        To work on the page: <code>npm run build</code> and <code>node dev/server.mjs</code> in{' '}
        <code>packages/dashboard</code>.
      </p>
    </main>
  )
}
