import { formatCount } from '../format.js'
import { linkTo } from '../routing.js'
import { rowsOf, sortRows } from '../state/operations.js'
import { leadingComponent } from '../state/series.js'
import type { State } from '../state/state.js'
import { Empty, Prose, Section } from '../ui/bits.js'
import { Severity, SeverityIcon, toneOf } from '../ui/severity.js'
import { AlertRows } from './alert-table.js'
import { OverviewCharts } from './charts.js'
import { Headlines } from './figures.js'
import { FindingRows } from './findings.js'
import { OperationRows } from './operation-table.js'
import { SystemFacts } from './system-facts.js'

const TOP_FINDINGS = 5
const TOP_OPERATIONS = 12
const TOP_ALERTS = 5

export function Overview({ state }: { state: State }) {
  const { snapshot, route, findings, alerts, nowMs } = state
  const rows = snapshot === null ? [] : rowsOf(snapshot.componentMetrics)
  const component = leadingComponent(snapshot?.componentMetrics ?? {})
  const own = rows.filter((row) => row.component === component)
  const firing = (alerts?.active ?? []).filter(({ state: s }) => s === 'firing')
  const known = alerts === null ? 0 : alerts.active.length + alerts.history.length
  const found = findings?.bottlenecks ?? []
  return (
    <>
      <VerdictLine state={state} />
      <Headlines state={state} />
      <OverviewCharts state={state} />
      {found.length > 0 && (
        <Section
          title="Findings"
          note="ranked by what users feel"
          aside={<All state={state} view="findings" count={found.length} />}
        >
          <FindingRows state={state} findings={found.slice(0, TOP_FINDINGS)} />
        </Section>
      )}
      <Section
        title="Operations"
        note={`by share of total time${component === null || component === 'http' ? '' : ` in ${component}`}`}
        aside={rows.length > 0 && <All state={state} view="operations" count={rows.length} />}
      >
        {own.length === 0 ? (
          <Empty>{snapshot === null ? 'Loading…' : 'No traffic yet: send a request, or wait for one.'}</Empty>
        ) : (
          <OperationRows rows={sortRows(own, 'share', true).slice(0, TOP_OPERATIONS)} route={route} plain />
        )}
      </Section>
      <div class="columns">
        <Section title="Alerts firing" aside={known > 0 && <All state={state} view="alerts" count={known} />}>
          {firing.length === 0 ? (
            <Empty>{alerts === null ? 'Loading…' : 'None.'}</Empty>
          ) : (
            <AlertRows alerts={firing.slice(0, TOP_ALERTS)} route={route} nowMs={nowMs} compact />
          )}
        </Section>
        <Section title="System and runtime" aside={<a href={linkTo(route, { view: 'system' })}>more</a>}>
          <SystemFacts state={state} />
        </Section>
      </div>
    </>
  )
}

function All({ state, view, count }: { state: State; view: 'findings' | 'operations' | 'alerts'; count: number }) {
  return <a href={linkTo(state.route, { view })}>all {formatCount(count)}</a>
}

function VerdictLine({ state }: { state: State }) {
  const { snapshot, findings, route } = state
  if (snapshot === null || findings === null) {
    const failure = state.failures.report ?? state.failures.snapshot
    return (
      <p class="verdict" aria-busy={failure === undefined}>
        <span class="verdict-text muted">
          {failure === undefined ? 'Looking at the figures…' : `No verdict: ${failure}.`}
        </span>
      </p>
    )
  }
  const said = findings.verdict
  const text = <Prose text={said.text} />
  const first = findings.bottlenecks[0]
  const tone = said.severity === null ? (said.kind === 'well' ? 'ok' : 'info') : toneOf(said.severity)
  const href =
    said.kind === 'finding' && first !== undefined
      ? linkTo(route, { view: 'finding', id: first.id })
      : said.kind === 'alert'
        ? linkTo(route, { view: 'alerts' })
        : null
  return (
    <p class={`verdict verdict-${tone}`} aria-live="polite">
      {said.severity === null ? <SeverityIcon tone={tone} /> : <Severity value={said.severity} />}
      <span class="verdict-text">{href === null ? text : <a href={href}>{text}</a>}</span>
      {said.moreCount > 0 && (
        <a class="verdict-more" href={linkTo(route, { view: said.kind === 'finding' ? 'findings' : 'alerts' })}>
          {said.moreCount} more
        </a>
      )}
    </p>
  )
}
