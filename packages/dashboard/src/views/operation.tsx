// One operation: how it does, where its time goes, who calls it, what came of it.
import type { OperationMetrics } from '../../../core/src/types/metrics.js'
import { formatCount, formatFigure, shortenMiddle } from '../format.js'
import { linkTo } from '../routing.js'
import { callersOf } from '../state/operations.js'
import type { State } from '../state/state.js'
import { Cell, Empty, Facts, figure, Heads, OperationName, Section, Share } from '../ui/bits.js'
import { limitOf } from '../ui/marks.js'
import { shownTime } from '../ui/shown.js'
import { AlertRows } from './alert-table.js'
import { frameOf, LatencyChart, OutcomeChart } from './charts.js'
import { FindingRows } from './findings.js'
import { Distribution, StatusCodes } from './operation-parts.js'
import { TimeSplit } from './time-split.js'
import { Traces } from './traces.js'

const TITLE_LENGTH = 90

export function OperationView({ state }: { state: State }) {
  const { route, snapshot, failures } = state
  const component = route.component ?? ''
  const operation = route.operation ?? ''
  const metrics = snapshot?.componentMetrics[component]?.operationBreakdown[operation]
  return (
    <article>
      <p class="crumbs">
        <a href={linkTo(route, { view: 'operations' })}>Operations</a> /{' '}
        <a href={linkTo(route, { view: 'operations', component })}>{component}</a>
      </p>
      <div class="title-row">
        <h1 title={operation}>{shortenMiddle(operation, TITLE_LENGTH)}</h1>
        <span class="note">{shownTime(state)}</span>
      </div>
      <Related state={state} />
      {metrics === undefined ? (
        <Empty>
          {snapshot !== null
            ? 'It did not run in the shown time.'
            : failures.snapshot
              ? `No figures: ${failures.snapshot}.`
              : 'Loading…'}
        </Empty>
      ) : (
        <Facts items={factsOf(metrics)} />
      )}
      <Course state={state} />
      {metrics !== undefined && <Breakdown state={state} metrics={metrics} />}
      <Traces state={state} />
    </article>
  )
}

function factsOf(metrics: OperationMetrics) {
  const facts: [string, preact.ComponentChildren, string?][] = [
    ['Rate', figure(metrics.operationsPerSecond, 'rate')],
    ['Count', figure(metrics.count, 'count')],
    ['p50', figure(metrics.p50Ms, 'duration')],
    ['p95', figure(metrics.p95Ms, 'duration')],
    ['p99', figure(metrics.p99Ms, 'duration')],
    ['Errors', figure(metrics.errorRatePercent, 'percent'), 'Failed of those that ended with an outcome'],
    ['Failed', figure(metrics.failedCount, 'count')],
    ['Aborted', figure(metrics.abortedCount, 'count'), 'The client left before the answer was complete'],
    ['In flight', figure(metrics.active, 'count')],
  ]
  if (metrics.timeToFirstByteP50Ms !== undefined) {
    const first = formatFigure(metrics.timeToFirstByteP50Ms, 'duration')
    const late = formatFigure(metrics.timeToFirstByteP95Ms, 'duration')
    facts.push(['First byte p50 / p95', `${first} / ${late}`, 'From arrival to the first byte of the answer'])
  }
  if (metrics.responseBytesAverage !== undefined) {
    const mean = formatFigure(metrics.responseBytesAverage, 'bytes')
    const large = formatFigure(metrics.responseBytesP95, 'bytes')
    facts.push(['Response mean / p95', `${mean} / ${large}`, 'Heads and bodies as they were written'])
  }
  const { streams } = metrics
  if (streams !== undefined && streams.count + streams.active > 0) {
    const life = formatFigure(streams.averageLifetimeMs, 'duration')
    facts.push(['Streams', `${formatCount(streams.active)} open, ${formatCount(streams.count)} ended, lived ${life}`])
  }
  return facts
}

function Related({ state }: { state: State }) {
  const { findings, alerts, route, nowMs, clockOffsetMs } = state
  const concerns = (item: { component: string | null; operation: string | null }) =>
    item.component === route.component && item.operation === route.operation
  const found = findings?.bottlenecks.filter(concerns) ?? []
  const active = alerts?.active.filter(concerns) ?? []
  return (
    <>
      {found.length > 0 && (
        <Section title="Found here">
          <FindingRows state={state} findings={found} plain />
        </Section>
      )}
      {active.length > 0 && (
        <Section title="Alerts here">
          <AlertRows alerts={active} route={route} nowMs={nowMs + clockOffsetMs} />
        </Section>
      )}
    </>
  )
}

function Course({ state }: { state: State }) {
  const { route, failures, mode } = state
  const course =
    state.course?.operation === route.operation && state.course?.component === route.component ? state.course : null
  if (course === null || course.series === null) {
    if (failures.operation) return <Empty>No course: {failures.operation}.</Empty>
    if (course !== null) return <Empty>History has no course of it in the shown time.</Empty>
    return (
      <Empty>{mode === 'report' ? 'This report holds no course of single operations.' : 'Loading the course…'}</Empty>
    )
  }
  const { series } = course
  const columns = series.components[course.component]
  const alerts = [...(state.alerts?.active ?? []), ...(state.alerts?.history ?? [])]
  const concerns = ({ component, operation }: { component: string | null; operation: string | null }) =>
    component === course.component && operation === course.operation
  const own = alerts.filter(concerns)
  const all = state.findings
  const findings = all === null ? null : { ...all, bottlenecks: all.bottlenecks.filter(concerns) }
  const frame = frameOf({ ...state, alerts: { active: own, history: [], silences: [] }, findings }, series)
  return (
    <div class="charts charts-two">
      <LatencyChart
        columns={columns}
        frame={frame}
        name="Duration"
        limit={limitOf(own, ({ type }) => type === 'slow-response')}
      />
      <OutcomeChart
        columns={columns}
        frame={frame}
        measuredMs={series.measuredMs}
        name={course.component === 'http' ? 'Requests' : 'Calls'}
      />
    </div>
  )
}

function Breakdown({ state, metrics }: { state: State; metrics: OperationMetrics }) {
  const { route, snapshot } = state
  const callers = callersOf(snapshot?.componentMetrics ?? {}, route.component ?? '', route.operation ?? '')
  const codes = Object.entries(metrics.statusCodes ?? {})
  return (
    <>
      <Section title="Where the time goes" note="of one run, on average">
        <TimeSplit metrics={metrics} route={route} />
      </Section>
      <div class="columns">
        <Section title="Distribution">
          <Distribution metrics={metrics} />
        </Section>
        {codes.length > 0 && (
          <Section title="Status codes">
            <StatusCodes codes={codes} />
          </Section>
        )}
        {callers.length > 0 && (
          <Section title="Called by">
            <table>
              <Heads columns={[['Operation'], ['Calls per run', 'number'], ['Share of its time', 'number']]} />
              <tbody>
                {callers.map((caller) => (
                  <tr key={`${caller.component} ${caller.operation}`}>
                    <td>
                      <OperationName route={route} component={caller.component} operation={caller.operation} />
                    </td>
                    <Cell value={caller.callsPerParent} unit="plain" />
                    <td class="number">
                      <Share percent={caller.sharePercent} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
        )}
      </div>
    </>
  )
}
