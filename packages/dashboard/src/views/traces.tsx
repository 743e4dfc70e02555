// The kept requests of one operation: the slowest, the failed, and a few typical ones to compare them with.
import type { Trace } from '../../../core/src/types/traces.js'
import { linkTo } from '../routing.js'
import { errorsOf } from '../state/related.js'
import type { State } from '../state/state.js'
import { Cell, Empty, Heads, Moment, Section } from '../ui/bits.js'
import { Place } from '../ui/place.js'

export function Traces({ state }: { state: State }) {
  const { traces, route, nowMs, clockOffsetMs, mode } = state
  if (mode === 'report') {
    return (
      <Section title="Kept requests">
        <Empty>A report holds no single requests: they are shown on the live page.</Empty>
      </Section>
    )
  }
  if (traces === null || traces.component !== route.component || traces.operation !== route.operation) return null
  if (traces.traces.length === 0) return null
  const slowestFirst = [...traces.traces].sort((a, b) => b.durationMs - a.durationMs)
  const longestMs = slowestFirst[0]?.durationMs ?? 0
  return (
    <>
      <Errors state={state} traces={traces.traces} />
      <Section title="Kept requests" note="the slowest, the failed, and some typical ones">
        <table class="kept">
          <Heads
            columns={[
              ['Began'],
              ['Kept because'],
              ['Outcome'],
              ['Spans', 'number wide-only'],
              ['Time', 'hidden-label wide-only'],
              ['Duration', 'number'],
            ]}
          />
          <tbody>
            {slowestFirst.map((trace) => (
              <tr key={trace.id}>
                <td class="nowrap">
                  <a href={linkTo(route, { view: 'trace', id: trace.id })}>
                    <Moment time={trace.startedAt} nowMs={nowMs + clockOffsetMs} />
                  </a>
                </td>
                <td>{trace.reason}</td>
                <td>{outcomeOf(trace)}</td>
                <td class="number wide-only">{trace.spans.length + trace.droppedSpans}</td>
                <td class="bar-cell wide-only" aria-hidden="true">
                  <span
                    class={`share-fill ${trace.outcome === 'failure' ? 'fill-critical' : 'fill-accent'}`}
                    style={{ width: `${longestMs > 0 ? (trace.durationMs / longestMs) * 100 : 0}%` }}
                  />
                </td>
                <Cell value={trace.durationMs} unit="duration" />
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </>
  )
}

function Errors({ state, traces }: { state: State; traces: readonly Trace[] }) {
  const { route, nowMs, clockOffsetMs } = state
  const errors = errorsOf(traces)
  if (errors.length === 0) return null
  return (
    <Section title="Errors" note="of the kept requests, by class and first line of the app's code">
      <table>
        <Heads columns={[['Class'], ['Message', 'wide-only'], ['Place'], ['Last'], ['Kept', 'number']]} />
        <tbody>
          {errors.map(({ class: name, message, location, count, newest }) => (
            <tr key={newest.id}>
              <th scope="row">
                <b>{name}</b>
              </th>
              <td class="wide-only">{message}</td>
              <td>
                <Place state={state} at={location} />
              </td>
              <td class="nowrap">
                <a href={linkTo(route, { view: 'trace', id: newest.id })}>
                  <Moment time={newest.startedAt} nowMs={nowMs + clockOffsetMs} />
                </a>
              </td>
              <Cell value={count} unit="count" />
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
