// The kept requests of one operation: the slowest, the failed, and a few typical ones to compare them with.
import type { Trace } from '../../../core/src/types/traces.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { Cell, Heads, Moment, Section } from '../ui/bits.js'

export function Traces({ state }: { state: State }) {
  const { traces, route, nowMs, clockOffsetMs } = state
  if (traces === null || traces.component !== route.component || traces.operation !== route.operation) return null
  if (traces.traces.length === 0) return null
  return (
    <Section title="Kept requests" note="the slowest, the failed, and some typical ones">
      <table>
        <Heads columns={[['When'], ['Why kept'], ['Outcome'], ['Spans', 'number wide-only'], ['Duration', 'number']]} />
        <tbody>
          {traces.traces.map((trace) => (
            <tr key={trace.id}>
              <td class="nowrap">
                <a href={linkTo(route, { view: 'trace', id: trace.id })}>
                  <Moment time={trace.startedAt} nowMs={nowMs + clockOffsetMs} />
                </a>
              </td>
              <td>{trace.reason}</td>
              <td>{outcomeOf(trace)}</td>
              <td class="number wide-only">{trace.spans.length + trace.droppedSpans}</td>
              <Cell value={trace.durationMs} unit="duration" />
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

export function outcomeOf({ outcome, statusCode, error }: Trace): string {
  const status = statusCode === null ? outcome : `${outcome} ${statusCode}`
  return error === null ? status : `${status}: ${error.class}`
}
