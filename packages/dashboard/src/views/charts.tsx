// The charts of the overview and of one operation, from the same columns.

import { rangeBounds } from '../state/range.js'
import {
  type Column,
  leadingComponent,
  type OperationColumns,
  perSecond,
  ratio,
  type Series,
  successes,
} from '../state/series.js'
import type { State } from '../state/state.js'
import { Chart } from '../ui/chart.js'
import { navigate } from '../ui/context.js'
import { type Limit, limitOf, type Mark, marksOf } from '../ui/marks.js'

const MIN_SPAN_MS = 60_000 // a process ten seconds old does not fill a tenth of a pixel of the last day

export interface ChartFrame {
  times: readonly number[]
  fromMs: number
  toMs: number
  marks: Mark[]
  onZoom: ((fromMs: number, toMs: number) => void) | undefined
}

/** What the shown time is: the range, but not the empty part before the app began. */
export function frameOf(state: State, series: Series): ChartFrame {
  const { route, mode, reportWindow, alerts, findings, clockOffsetMs, nowMs } = state
  const last = series.times.at(-1)
  const first = series.times[0]
  const asked = reportWindow ?? rangeBounds(route.range, last ?? nowMs + clockOffsetMs)
  const began = first === undefined ? asked.fromMs : first - series.stepMs
  const latestStart = Math.max(asked.fromMs, asked.toMs - MIN_SPAN_MS)
  return {
    times: series.times,
    fromMs: Math.max(asked.fromMs, Math.min(began, latestStart)),
    toMs: asked.toMs,
    marks: marksOf([...(alerts?.active ?? []), ...(alerts?.history ?? [])], findings?.bottlenecks ?? []),
    onZoom:
      mode === 'live'
        ? (fromMs, toMs) =>
            navigate({ ...route, range: { kind: 'fixed', fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) } })
        : undefined,
  }
}

export function OverviewCharts({ state }: { state: State }) {
  const { series, snapshot } = state
  if (series === null) {
    return (
      <p class="empty" aria-busy="true">
        {state.failures.history ? `No course: ${state.failures.history}.` : 'Loading the course…'}
      </p>
    )
  }
  const frame = frameOf(state, series)
  const name = leadingComponent(snapshot?.componentMetrics ?? {})
  const columns = name === null ? undefined : series.components[name]
  const alerts = [...(state.alerts?.active ?? []), ...(state.alerts?.history ?? [])]
  return (
    <div class="charts">
      <LatencyChart
        columns={columns}
        frame={frame}
        name={name === null || name === 'http' ? 'Latency' : `Latency of ${name}`}
      />
      <OutcomeChart
        columns={columns}
        frame={frame}
        measuredMs={series.measuredMs}
        name={name === null || name === 'http' ? 'Requests' : name}
      />
      <Chart
        {...frame}
        title="Saturation"
        unit="percent"
        scale="percent"
        limit={limitOf(alerts, ({ type }) => type === 'high-cpu-usage')}
        lines={[
          { label: 'CPU', values: series.system.cpuUsagePercent ?? [], ink: 'accent' },
          { label: 'loop', values: series.runtime.eventLoopUtilizationPercent ?? [], ink: 'strong' },
          {
            label: 'memory',
            values: ratio(series.system.memoryUsedBytes, series.system.memoryTotalBytes, 100),
            ink: 'soft',
            dashed: true,
          },
        ]}
      />
    </div>
  )
}

export function LatencyChart(props: {
  columns: OperationColumns | undefined
  frame: ChartFrame
  name: string
  limit?: Limit | undefined
}) {
  const { columns, frame, name, limit } = props
  return (
    <Chart
      {...frame}
      title={name}
      unit="duration"
      scale="log"
      band
      limit={limit}
      lines={[
        { label: 'p50', values: columns?.p50Ms ?? [], ink: 'accent-soft' },
        { label: 'p95', values: columns?.p95Ms ?? [], ink: 'accent' },
        { label: 'p99', values: columns?.p99Ms ?? [], ink: 'soft', thin: true },
      ]}
    />
  )
}

/** Stacked from the failed ones up, so that the bad news stands on the axis. */
export function OutcomeChart(props: {
  columns: OperationColumns | undefined
  frame: ChartFrame
  measuredMs: Column
  name: string
}) {
  const { columns, frame, measuredMs, name } = props
  const rate = (counts: readonly (number | null)[]) => perSecond(counts, measuredMs)
  const failed = rate(columns?.failedCount ?? [])
  const aborted = rate(columns?.abortedCount ?? [])
  const unsuccessful = failed.map((value, index) => (value === null ? null : value + (aborted[index] ?? 0)))
  return (
    <Chart
      {...frame}
      title={name}
      unit="rate"
      scale="zero"
      lines={[
        {
          label: 'ok',
          values: rate(columns?.count ?? []),
          shown: rate(columns ? successes(columns) : []),
          ink: 'accent-soft',
          fill: true,
        },
        { label: 'aborted', values: unsuccessful, shown: aborted, ink: 'warning', fill: true, thin: true },
        { label: 'failed', values: failed, ink: 'critical', fill: true, thin: true },
      ]}
    />
  )
}
