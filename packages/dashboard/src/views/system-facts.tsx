import { formatFigure } from '../format.js'
import type { State } from '../state/state.js'
import { formatUptime } from '../time.js'
import { Empty, Facts, figure } from '../ui/bits.js'

/** The dozen figures that say whether machine and process are well. */
export function SystemFacts({ state }: { state: State }) {
  const { system, runtime } = state.latest
  if (system === null && runtime === null) return <Empty>No sample yet.</Empty>
  return (
    <Facts
      items={[
        ['Process CPU', figure(runtime?.cpuPercent, 'percent'), '100 % is one core'],
        ['Process memory', figure(runtime?.rssBytes, 'bytes'), 'Resident set size'],
        ['Heap', heapOf(state), 'Used of the limit'],
        ['Loop delay p99', figure(runtime?.eventLoopDelay.p99Ms, 'duration')],
        ['GC', figure(runtime?.gc.pausePercent, 'percent'), 'Share of the interval in pauses'],
        [
          'Thread pool delay',
          figure(runtime?.threadPoolDelayMs, 'duration'),
          'How long a trivial job waited for a thread',
        ],
        ['In flight', figure(runtime?.activeRequests, 'count'), 'HTTP requests under way, streams included'],
        ['Disk', diskOf(state)],
        ['Network in', figure(system?.networkRxBytesPerSecond, 'bytesRate')],
        ['Network out', figure(system?.networkTxBytesPerSecond, 'bytesRate')],
        ['Load', loadOf(state), 'Average over 1, 5 and 15 minutes'],
        ['Up', uptimeOf(state)],
      ]}
    />
  )
}

export function loadOf({ latest: { system } }: State): string {
  return system?.loadAverage?.map((load) => formatFigure(load, 'plain')).join(' · ') ?? '–'
}

export function heapOf({ latest: { runtime } }: State): string {
  const used = formatFigure(runtime?.heapUsedBytes, 'bytes')
  return runtime?.heapLimitBytes ? `${used} of ${formatFigure(runtime.heapLimitBytes, 'bytes')}` : used
}

function diskOf({ latest: { system } }: State): string {
  if (system === null || system.diskUsedBytes === null) return '–'
  return `${formatFigure(system.diskUsedBytes, 'bytes')} of ${formatFigure(system.diskTotalBytes, 'bytes')}`
}

function uptimeOf({ snapshot }: State): string {
  return snapshot === null ? '–' : formatUptime(snapshot.service.uptimeSeconds)
}
