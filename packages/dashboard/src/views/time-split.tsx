// Where the time of one operation goes: itself, what it called, and what of both was waiting.
import type { ChildMetrics, OperationMetrics, WaitMetrics } from '../../../core/src/types/metrics.js'
import { formatFigure } from '../format.js'
import type { Route } from '../routing.js'
import { Cell, Empty, Heads, OperationName, Share } from '../ui/bits.js'

const INKS = 4 // of the parts of the bar
const WAITS: readonly (readonly [keyof WaitMetrics, string])[] = [
  ['eventLoopMs', 'for the event loop'],
  ['threadPoolMs', 'for a thread'],
  ['connectionPoolMs', 'for a connection of a pool'],
  ['socketMs', 'for a socket'],
]

export function TimeSplit({ metrics, route }: { metrics: OperationMetrics; route: Route }) {
  const { children, selfMs, count, averageDurationMs } = metrics
  if (selfMs === null) return <Empty>Not known: call trees are not kept.</Empty>
  if (averageDurationMs === null || count === 0) return <Empty>Nothing was timed.</Empty>
  const totalMs = averageDurationMs * count
  const ownPercent = totalMs > 0 ? (selfMs / totalMs) * 100 : 0
  const sum = children.reduce((all, child) => all + child.sharePercent, ownPercent)
  const overlap = sum > 101 // one stacked bar would show parts of a whole that they are not
  return (
    <>
      {!overlap && <Bar ownPercent={ownPercent} parts={children} />}
      <table>
        <Heads
          columns={[
            ['Part'],
            ['Calls per run', 'number'],
            ['Time per run', 'number'],
            ['In all', 'number wide-only'],
            ['Share', 'number'],
          ]}
        />
        <tbody>
          <tr>
            <th scope="row">{!overlap && <i class="swatch-box split-own" />}own time</th>
            <td class="number" />
            <Times ms={selfMs} runs={count} percent={ownPercent} />
          </tr>
          {children.map((child, index) => (
            <tr key={`${child.component} ${child.operation}`}>
              <th scope="row">
                {!overlap && <i class={`swatch-box split-${index % INKS}`} />}
                <OperationName route={route} component={child.component} operation={child.operation} />
              </th>
              <Cell value={child.callsPerParent} unit="plain" />
              <Times ms={child.totalMs} runs={count} percent={child.sharePercent} />
            </tr>
          ))}
          {waitsOf(metrics.waits).map(([label, ms]) => (
            <tr key={label} class="waiting">
              <th scope="row">waiting {label}</th>
              <td class="number" />
              <Times ms={ms} runs={count} percent={totalMs > 0 ? (ms / totalMs) * 100 : 0} />
            </tr>
          ))}
        </tbody>
      </table>
      {overlap && <p class="note">Parts overlap, so their shares add up to more than 100 %.</p>}
      {waitsOf(metrics.waits).length > 0 && (
        <p class="note">Waiting is part of the rows above it; waits side by side add up.</p>
      )}
    </>
  )
}

function Bar({ ownPercent, parts }: { ownPercent: number; parts: readonly ChildMetrics[] }) {
  return (
    <div class="split" aria-hidden="true">
      <span
        class="split-part split-own"
        style={{ width: `${ownPercent}%` }}
        title={`own time ${formatFigure(ownPercent, 'percent')}`}
      />
      {parts.map(({ component, operation, sharePercent }, index) => (
        <span
          key={`${component} ${operation}`}
          class={`split-part split-${index % INKS}`}
          style={{ width: `${sharePercent}%` }}
          title={`${component} ${operation} ${formatFigure(sharePercent, 'percent')}`}
        />
      ))}
    </div>
  )
}

function Times({ ms, runs, percent }: { ms: number; runs: number; percent: number }) {
  return (
    <>
      <Cell value={ms / runs} unit="duration" />
      <Cell value={ms} unit="duration" wide />
      <td class="number share-cell">
        <Share percent={percent} />
      </td>
    </>
  )
}

/** What was measured and is more than nothing. */
function waitsOf(waits: WaitMetrics | undefined): [label: string, ms: number][] {
  return WAITS.flatMap(([field, label]) => {
    const ms = waits?.[field] ?? 0
    return ms > 0 ? [[label, ms]] : []
  })
}
