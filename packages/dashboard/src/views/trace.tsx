// One request as a waterfall: what it called, when, for how long, and from which line.
import { useState } from 'preact/hooks'
import type { Trace, TraceSpan } from '../../../core/src/types/traces.js'
import { exactFigure, formatFigure, shortenMiddle } from '../format.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { Empty, Facts, figure, Moment, OperationName, Section } from '../ui/bits.js'
import { Place } from '../ui/place.js'
import { foldRepeats, inTreeOrder, type TraceRow } from './trace-rows.js'
import { outcomeOf } from './traces.js'

const MAX_NAME_LENGTH = 70
const MAX_DEPTH_SHOWN = 8 // further in, a name would have no room
const INDENT_PX = 14
const MIN_WIDTH_PERCENT = 0.3 // a bar that nobody can see tells nothing

export function TraceView({ state }: { state: State }) {
  const { route, failures, mode } = state
  const trace = state.trace?.id === route.id ? state.trace : null
  if (trace === null) {
    if (mode === 'report') return <Empty>A report holds no single requests: they are shown on the live page.</Empty>
    return <Empty>{failures.trace === undefined ? 'Loading…' : `No request: ${failures.trace}.`}</Empty>
  }
  const { component, operation, error } = trace
  return (
    <article>
      <p class="crumbs">
        <a href={linkTo(route, { view: 'operations' })}>Operations</a> /{' '}
        <a href={linkTo(route, { view: 'operation', component, operation })} title={operation}>
          {shortenMiddle(operation, MAX_NAME_LENGTH)}
        </a>
      </p>
      <h1>One request of {shortenMiddle(operation, MAX_NAME_LENGTH)}</h1>
      <Facts
        items={[
          ['Duration', figure(trace.durationMs, 'duration')],
          ['Outcome', outcomeOf(trace)],
          ['Kept because', trace.reason],
          ['Began', <Moment key="began" time={trace.startedAt} nowMs={state.nowMs + state.clockOffsetMs} />],
          ['Trace id', trace.traceId === null ? '–' : <code key="id">{trace.traceId}</code>, 'W3C Trace Context'],
        ]}
      />
      {error !== null && (
        <p class="lead">
          <b>{error.class}</b> {error.message} {error.location !== null && <Place state={state} at={error.location} />}
        </p>
      )}
      <Section
        title="What it did"
        note={trace.droppedSpans > 0 ? `${trace.droppedSpans} more were not kept` : undefined}
      >
        {trace.spans.length === 0 ? (
          <Empty>It called nothing that is measured.</Empty>
        ) : (
          <Waterfall key={trace.id} trace={trace} state={state} />
        )}
      </Section>
    </article>
  )
}

function Waterfall({ trace, state }: { trace: Trace; state: State }) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set())
  const totalMs = Math.max(
    trace.durationMs,
    ...trace.spans.map(({ startMs, durationMs }) => startMs + (durationMs ?? 0)),
  )
  const toggle = (index: number) => {
    const next = new Set(unfolded)
    if (!next.delete(index)) next.add(index)
    setUnfolded(next)
  }
  return (
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Span</th>
          <th scope="col" class="wide-only">
            Called from
          </th>
          <th scope="col" class="bar-cell">
            <span class="scale">
              {[0, totalMs / 2, totalMs].map((ms) => (
                <span key={ms}>{formatFigure(ms, 'duration')}</span>
              ))}
            </span>
          </th>
          <th scope="col" class="number">
            Duration
          </th>
        </tr>
      </thead>
      <tbody>
        {foldRepeats(inTreeOrder(trace.spans)).flatMap((row) => {
          const isOpen = unfolded.has(row.index)
          const rows = row.repeats.length > 0 && isOpen ? row.repeats : []
          return [row, ...rows].map((each) => (
            <SpanRow
              key={`${each.index} ${each === row}`}
              state={state}
              row={each}
              totalMs={totalMs}
              isOpen={isOpen}
              onToggle={() => toggle(row.index)}
            />
          ))
        })}
      </tbody>
    </table>
  )
}

function SpanRow(props: { state: State; row: TraceRow; totalMs: number; isOpen: boolean; onToggle: () => void }) {
  const { state, row, totalMs, isOpen, onToggle } = props
  const { span, depth, repeats } = row
  const spans = repeats.length > 0 ? repeats.map((repeat) => repeat.span) : [span]
  return (
    <tr>
      <th scope="row">
        <span class="indent" style={{ paddingLeft: `${Math.min(depth, MAX_DEPTH_SHOWN) * INDENT_PX}px` }}>
          {repeats.length > 0 && (
            <>
              <button type="button" class="fold" aria-expanded={isOpen} onClick={onToggle}>
                {repeats.length} ×
              </button>{' '}
            </>
          )}
          <OperationName
            route={state.route}
            component={span.component}
            operation={span.operation}
            maxLength={MAX_NAME_LENGTH}
          />
          {!span.success && <span class="failing"> failed</span>}
        </span>
      </th>
      <td class="wide-only">
        <Place state={state} at={span.site} />
      </td>
      <td class="bar-cell" title={`begins after ${exactFigure(span.startMs, 'duration')}`}>
        <span class="waterfall-lane" aria-hidden="true">
          {spans.map((each, index) => (
            <span
              key={index}
              class={`waterfall-bar ${each.success ? 'fill-accent' : 'fill-critical'}`}
              style={barOf(each, totalMs)}
            />
          ))}
        </span>
      </td>
      <td class="number nowrap">{durationOf(spans)}</td>
    </tr>
  )
}

function durationOf(spans: readonly TraceSpan[]) {
  const [only] = spans
  if (spans.length > 1) {
    const sumMs = spans.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
    return (
      <span title={`in all; ${formatFigure(sumMs / spans.length, 'duration')} each`}>{figure(sumMs, 'duration')}</span>
    )
  }
  return only?.durationMs == null ? (
    <span title="still running when the request ended">outlived it</span>
  ) : (
    figure(only.durationMs, 'duration')
  )
}

function barOf({ startMs, durationMs }: TraceSpan, totalMs: number) {
  const share = (ms: number) => (totalMs > 0 ? (ms / totalMs) * 100 : 0)
  const left = Math.min(share(startMs), 100 - MIN_WIDTH_PERCENT)
  const width = Math.max(MIN_WIDTH_PERCENT, share(durationMs ?? totalMs - startMs))
  return { left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }
}
