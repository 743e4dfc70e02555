// The six headline figures, each with its course.
import { exactFigure, formatCount, formatFigure, type Unit } from '../format.js'
import { linkTo } from '../routing.js'
import { type Column, leadingComponent, perSecond, ratio } from '../state/series.js'
import type { State } from '../state/state.js'
import { Sparkline } from '../ui/sparkline.js'

interface Headline {
  name: string
  value: number | null
  unit: Unit
  below: string
  title: string
  course: Column
  max?: number
  href: string
}

export function Headlines({ state }: { state: State }) {
  return (
    <ul class="headlines" aria-label="Headline figures">
      {headlinesOf(state).map(({ name, value, unit, below, title, course, max, href }) => (
        <li key={name}>
          <a href={href} title={`${title}: ${exactFigure(value, unit)}`}>
            <span class="headline-name">{name}</span>
            <span class="headline-value">{formatFigure(value, unit)}</span>
            <span class="headline-below">{below}</span>
            <Sparkline values={course} {...(max === undefined ? {} : { max })} />
          </a>
        </li>
      ))}
    </ul>
  )
}

function headlinesOf(state: State): Headline[] {
  const { snapshot, series, latest, route } = state
  const { system, runtime } = latest
  const components = snapshot?.componentMetrics ?? {}
  const name = leadingComponent(components)
  const totals = name === null ? null : (components[name] ?? null)
  const columns = name === null ? undefined : series?.components[name]
  const operations = linkTo(route, { view: 'operations', ...(name === null ? {} : { component: name }) })
  const systemView = linkTo(route, { view: 'system' })
  const http = name === null || name === 'http'
  const noun = http ? 'requests' : `${name} operations`
  const waiting = snapshot === null ? '' : 'none yet'
  const memoryUsed = system?.memoryUsedBytes ?? null
  const cores = system?.container?.cpuLimitCores ?? system?.cpuCoresPercent?.length ?? null
  return [
    {
      name: http ? 'Requests' : 'Operations',
      value: totals?.operationsPerSecond ?? null,
      unit: 'rate',
      below: totals === null ? waiting : `${formatCount(totals.totalOperations)} in all`,
      title: `Mean rate of ${noun} over the shown time`,
      course: columns === undefined ? [] : perSecond(columns.count, series?.measuredMs ?? []),
      href: operations,
    },
    {
      name: 'p95',
      value: totals?.p95Ms ?? null,
      unit: 'duration',
      below: totals === null ? waiting : `p50 ${formatFigure(totals.p50Ms, 'duration')}`,
      title: `95 of 100 ${noun} of the shown time were at least this fast`,
      course: columns?.p95Ms ?? [],
      href: operations,
    },
    {
      name: 'Errors',
      value: totals?.errorRatePercent ?? null,
      unit: 'percent',
      below: totals === null ? waiting : `${formatCount(totals.failedOperations)} failed`,
      title: `Share of ${noun} of the shown time that failed`,
      course: ratio(columns?.failedCount, columns?.count, 100),
      href: linkTo(route, { view: 'operations', sort: 'errors', ...(name === null ? {} : { component: name }) }),
    },
    {
      name: 'Loop',
      value: runtime?.eventLoopUtilizationPercent ?? null,
      unit: 'percent',
      below: runtime === null ? '' : `delay p99 ${formatFigure(runtime?.eventLoopDelay.p99Ms, 'duration')}`,
      title: 'Event loop utilization in the last interval',
      course: series?.runtime.eventLoopUtilizationPercent ?? [],
      max: 100,
      href: systemView,
    },
    {
      name: 'CPU',
      value: system?.cpuUsagePercent ?? null,
      unit: 'percent',
      below: cores === null ? '' : `of ${formatFigure(cores, 'plain')} ${cores === 1 ? 'core' : 'cores'}`,
      title: 'CPU of the machine or container in the last interval',
      course: series?.system.cpuUsagePercent ?? [],
      max: 100,
      href: systemView,
    },
    {
      name: 'Memory',
      value: memoryUsed,
      unit: 'bytes',
      below: system?.memoryTotalBytes ? `of ${formatFigure(system.memoryTotalBytes, 'bytes')}` : '',
      title: 'Memory of the machine or container in use',
      course: ratio(series?.system.memoryUsedBytes, series?.system.memoryTotalBytes, 100),
      max: 100,
      href: systemView,
    },
  ]
}
