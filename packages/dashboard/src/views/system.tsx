import { formatFigure } from '../format.js'
import { resourceCourse } from '../state/gauges.js'
import type { Series } from '../state/series.js'
import type { State } from '../state/state.js'
import { formatUptime } from '../time.js'
import { Cell, Empty, Facts, figure, Heads, Section, Share } from '../ui/bits.js'
import { Chart } from '../ui/chart.js'
import type { ChartLine } from '../ui/chart-spec.js'
import { limitOf } from '../ui/marks.js'
import { Sparkline } from '../ui/sparkline.js'
import { type ChartFrame, frameOf } from './charts.js'
import { MonitorHealth } from './monitor-health.js'
import { Pools } from './pools.js'
import { heapOf, loadOf } from './system-facts.js'

const DISK_WARNING_PERCENT = 80 // where people begin to look
const DISK_CRITICAL_PERCENT = 90 // the default threshold of the alert

export function System({ state }: { state: State }) {
  const { series } = state
  return (
    <>
      <Identity state={state} />
      {series === null ? (
        <Empty>{state.failures.history ? `No course: ${state.failures.history}.` : 'Loading the course…'}</Empty>
      ) : (
        <SystemCharts state={state} series={series} />
      )}
      <Pools state={state} />
      <div class="columns">
        <Section title="Runtime" note="last interval">
          <RuntimeFacts state={state} />
        </Section>
        <Section title="Machine" note="last interval">
          <MachineFacts state={state} />
        </Section>
      </div>
      <Section title="Disks">
        <Disks state={state} />
      </Section>
      <div class="columns">
        <Section title="Active resources" note="what keeps the process alive">
          <Resources state={state} />
        </Section>
        <Section title="The monitor itself">
          <MonitorHealth state={state} />
        </Section>
      </div>
    </>
  )
}

function Identity({ state }: { state: State }) {
  const { snapshot } = state
  if (snapshot === null) return null
  const { name, version, instanceId, pid, node, uptimeSeconds } = snapshot.service
  return (
    <Section title="Process">
      <Facts
        items={[
          ['Service', version === null ? name : `${name} ${version}`],
          ['Instance', instanceId],
          ['Process', String(pid)],
          ['Node', node],
          ['Up', formatUptime(uptimeSeconds), `${uptimeSeconds} s`],
        ]}
      />
    </Section>
  )
}

function SystemCharts({ state, series }: { state: State; series: Series }) {
  const frame = { ...frameOf(state, series), marks: [] } satisfies ChartFrame
  const { system, runtime } = series
  const alerts = [...(state.alerts?.active ?? []), ...(state.alerts?.history ?? [])]
  const line = (label: string, values: ChartLine['values'] | undefined, ink: ChartLine['ink']): ChartLine => ({
    label,
    values: values ?? [],
    ink,
  })
  return (
    <div class="charts">
      <Chart
        {...frame}
        title="CPU"
        unit="percent"
        scale="percent"
        limit={limitOf(alerts, ({ type }) => type === 'high-cpu-usage')}
        lines={[
          line('machine', system.cpuUsagePercent, 'accent'),
          line('process', runtime.cpuPercent, 'strong'),
          line('loop', runtime.eventLoopUtilizationPercent, 'soft'),
        ]}
      />
      <Chart
        {...frame}
        title="Loop delay"
        unit="duration"
        scale="log"
        lines={[
          line('p50', runtime['eventLoopDelay.p50Ms'], 'accent-soft'),
          line('p99', runtime['eventLoopDelay.p99Ms'], 'accent'),
          line('max', runtime['eventLoopDelay.maxMs'], 'soft'),
        ]}
      />
      <Chart
        {...frame}
        title="Process memory"
        unit="bytes"
        scale="zero"
        lines={[
          line('resident', runtime.rssBytes, 'accent'),
          line('heap', runtime.heapUsedBytes, 'strong'),
          line('external', runtime.externalBytes, 'soft'),
        ]}
      />
      <Chart
        {...frame}
        title="Stopped"
        unit="percent"
        scale="zero"
        lines={[
          line('garbage collection', runtime['gc.pausePercent'], 'accent'),
          line('CPU quota', system['container.throttledPercent'], 'strong'),
        ]}
      />
      <Chart
        {...frame}
        title="Network"
        unit="bytesRate"
        scale="zero"
        lines={[
          line('in', system.networkRxBytesPerSecond, 'accent'),
          line('out', system.networkTxBytesPerSecond, 'strong'),
        ]}
      />
      <Chart
        {...frame}
        title="Disk"
        unit="bytesRate"
        scale="zero"
        lines={[
          line('read', system.diskReadBytesPerSecond, 'accent'),
          line('write', system.diskWriteBytesPerSecond, 'strong'),
        ]}
      />
    </div>
  )
}

function RuntimeFacts({ state }: { state: State }) {
  const { runtime } = state.latest
  if (runtime === null) return <Empty>No sample yet.</Empty>
  const { eventLoopDelay: delay, gc } = runtime
  return (
    <Facts
      items={[
        ['CPU', figure(runtime.cpuPercent, 'percent'), '100 % is one core'],
        ['Loop utilization', figure(runtime.eventLoopUtilizationPercent, 'percent')],
        ['Loop delay mean', figure(delay.meanMs, 'duration')],
        ['p50', figure(delay.p50Ms, 'duration')],
        ['p99', figure(delay.p99Ms, 'duration')],
        ['max', figure(delay.maxMs, 'duration')],
        ['Resident', figure(runtime.rssBytes, 'bytes')],
        ['Heap', heapOf(state), 'Used of the limit'],
        ['Heap reserved', figure(runtime.heapTotalBytes, 'bytes')],
        ['External', figure(runtime.externalBytes, 'bytes')],
        ['GC share', figure(gc.pausePercent, 'percent'), 'Share of the interval in pauses'],
        ['GC runs', figure(gc.count, 'count')],
        ['GC longest', figure(gc.maxPauseMs, 'duration')],
        ['Thread pool delay', figure(runtime.threadPoolDelayMs, 'duration')],
        ['Requests in flight', figure(runtime.activeRequests, 'count')],
      ]}
    />
  )
}

function MachineFacts({ state }: { state: State }) {
  const { system } = state.latest
  if (system === null) return <Empty>No sample yet.</Empty>
  const { container, pressure } = system
  return (
    <Facts
      items={[
        ['CPU', figure(system.cpuUsagePercent, 'percent')],
        ['Cores', system.cpuCoresPercent?.map((core) => formatFigure(core, 'percent')).join(' · ') ?? '–'],
        ['Load 1 · 5 · 15 min', loadOf(state)],
        [
          'Memory',
          `${formatFigure(system.memoryUsedBytes, 'bytes')} of ${formatFigure(system.memoryTotalBytes, 'bytes')}`,
        ],
        ['Available', figure(system.memoryAvailableBytes, 'bytes')],
        ['Swap', figure(system.swapUsedBytes, 'bytes')],
        ['Network in', figure(system.networkRxBytesPerSecond, 'bytesRate')],
        ['Network out', figure(system.networkTxBytesPerSecond, 'bytesRate')],
        [
          'Connect time',
          figure(system.networkLatencyMs, 'duration'),
          'Mean of the outbound connections of the interval',
        ],
        ['Disk read', figure(system.diskReadBytesPerSecond, 'bytesRate')],
        ['Disk write', figure(system.diskWriteBytesPerSecond, 'bytesRate')],
        ['Processes', figure(system.processCount, 'count')],
        ['Pressure CPU', figure(pressure?.cpu, 'percent'), 'Share of the last 10 s in which some task waited'],
        ['Pressure memory', figure(pressure?.memory, 'percent'), 'Share of the last 10 s in which some task waited'],
        ['Pressure I/O', figure(pressure?.io, 'percent'), 'Share of the last 10 s in which some task waited'],
        ...(container === null ? [['Container', 'no limits'] as const] : containerFacts(container)),
        ['Machine up', system.uptimeSeconds === null ? '–' : formatUptime(system.uptimeSeconds)],
      ]}
    />
  )
}

type Container = NonNullable<NonNullable<State['latest']['system']>['container']>

function containerFacts(container: Container): (readonly [string, string, string?])[] {
  const { cpuLimitCores, memoryLimitBytes, memoryUsedBytes, throttledPercent } = container
  return [
    ['Container CPU', cpuLimitCores === null ? 'no limit' : `${formatFigure(cpuLimitCores, 'plain')} cores`],
    [
      'Container memory',
      `${formatFigure(memoryUsedBytes, 'bytes')}${memoryLimitBytes === null ? ', no limit' : ` of ${formatFigure(memoryLimitBytes, 'bytes')}`}`,
    ],
    [
      'Throttled',
      formatFigure(throttledPercent, 'percent'),
      'Share of scheduling periods in which the quota stopped the container',
    ],
  ]
}

function Disks({ state }: { state: State }) {
  const disks = state.latest.system?.disks ?? null
  if (disks === null || disks.length === 0) return <Empty>{disks === null ? 'Not measured.' : 'None mounted.'}</Empty>
  const tone = (percent: number) =>
    percent >= DISK_CRITICAL_PERCENT ? 'critical' : percent >= DISK_WARNING_PERCENT ? 'warning' : 'accent'
  return (
    <table>
      <Heads
        columns={[
          ['Mounted at'],
          ['Type', 'wide-only'],
          ['Used', 'number'],
          ['Size', 'number wide-only'],
          ['Available', 'number'],
          ['Used share', 'number'],
        ]}
      />
      <tbody>
        {disks.map((disk) => (
          <tr key={disk.mount}>
            <th scope="row">
              <code>{disk.mount}</code>
            </th>
            <td class="wide-only">{disk.type}</td>
            <Cell value={disk.usedBytes} unit="bytes" />
            <Cell value={disk.totalBytes} unit="bytes" wide />
            <Cell value={disk.availableBytes} unit="bytes" />
            <td class="number">
              <Share percent={disk.usedPercent} tone={tone(disk.usedPercent)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Resources({ state }: { state: State }) {
  const resources = Object.entries(state.latest.runtime?.activeResources ?? {}).sort((a, b) => b[1] - a[1])
  if (resources.length === 0) return <Empty>{state.latest.runtime?.activeResources ? 'None.' : 'Not measured.'}</Empty>
  return (
    <table class="resources">
      <tbody>
        {resources.map(([type, count]) => (
          <tr key={type}>
            <th scope="row">{type}</th>
            <td class="course">
              <Sparkline values={resourceCourse(state.gauges, type)} />
            </td>
            <Cell value={count} unit="count" />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
