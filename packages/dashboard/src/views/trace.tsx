// One request as a waterfall: what it called, when, for how long, and from which line.
import type { Trace, TraceSpan } from '../../../core/src/types/traces.js'
import { exactFigure, formatFigure, shortenMiddle } from '../format.js'
import { lineOf, placeOf } from '../markdown.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { Empty, Facts, figure, Heads, Moment, OperationName, Section } from '../ui/bits.js'
import { outcomeOf } from './traces.js'

const MAX_NAME_LENGTH = 70
const MIN_WIDTH_PERCENT = 0.3 // a bar that nobody can see tells nothing

export function TraceView({ state }: { state: State }) {
  const { route, failures, mode } = state
  const trace = state.trace?.id === route.id ? state.trace : null
  if (trace === null) {
    if (mode === 'report') return <Empty>This report holds no single requests.</Empty>
    return <Empty>{failures.trace === undefined ? 'Loading…' : `No request: ${failures.trace}.`}</Empty>
  }
  const { component, operation, error } = trace
  return (
    <article>
      <p class="crumbs">
        <a href={linkTo(route, { view: 'operations' })}>Operations</a> /{' '}
        <a href={linkTo(route, { view: 'operation', component, operation })}>{operation}</a>
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
          <b>{error.class}</b> {error.message}{' '}
          {error.location !== null && <code title={placeOf(error.location)}>{lineOf(error.location)}</code>}
        </p>
      )}
      <Section
        title="What it did"
        note={trace.droppedSpans > 0 ? `${trace.droppedSpans} more were not kept` : undefined}
      >
        {trace.spans.length === 0 ? (
          <Empty>It called nothing that is measured.</Empty>
        ) : (
          <Waterfall trace={trace} state={state} />
        )}
      </Section>
    </article>
  )
}

function Waterfall({ trace, state }: { trace: Trace; state: State }) {
  const totalMs = Math.max(
    trace.durationMs,
    ...trace.spans.map(({ startMs, durationMs }) => startMs + (durationMs ?? 0)),
  )
  return (
    <table class="waterfall">
      <Heads columns={[['Span'], ['Called from', 'wide-only'], ['Time', 'hidden-label'], ['Duration', 'number']]} />
      <tbody>
        {inTreeOrder(trace.spans).map(({ span, depth, index }) => (
          <tr key={index} class={span.success ? undefined : 'failed'}>
            <th scope="row">
              <span class="indent" style={{ paddingLeft: `${Math.min(depth, 8) * 14}px` }}>
                <OperationName
                  route={state.route}
                  component={span.component}
                  operation={span.operation}
                  maxLength={MAX_NAME_LENGTH}
                />
              </span>
            </th>
            <td class="wide-only">
              {span.site === null ? (
                <span class="muted">–</span>
              ) : (
                <code title={placeOf(span.site)}>{lineOf(span.site)}</code>
              )}
            </td>
            <td class="bar-cell" title={`begins after ${exactFigure(span.startMs, 'duration')}`}>
              <span class="waterfall-lane" aria-hidden="true">
                <span
                  class={`waterfall-bar ${span.success ? 'fill-accent' : 'fill-critical'}`}
                  style={barOf(span, totalMs)}
                />
              </span>
            </td>
            <td class="number nowrap">
              {span.durationMs === null ? (
                <span title="still running when the request ended">outlived it</span>
              ) : (
                formatFigure(span.durationMs, 'duration')
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function barOf({ startMs, durationMs }: TraceSpan, totalMs: number) {
  const share = (ms: number) => (totalMs > 0 ? (ms / totalMs) * 100 : 0)
  const left = Math.min(share(startMs), 100 - MIN_WIDTH_PERCENT)
  const width = Math.max(MIN_WIDTH_PERCENT, share(durationMs ?? totalMs - startMs))
  return { left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }
}

/** Each span after its parent, siblings by their start. */
export function inTreeOrder(spans: readonly TraceSpan[]): { span: TraceSpan; depth: number; index: number }[] {
  const children = new Map<number | null, number[]>()
  for (const [index, { parent }] of spans.entries()) {
    const known = parent !== null && parent !== index && spans[parent] !== undefined ? parent : null
    const siblings = children.get(known)
    if (siblings === undefined) children.set(known, [index])
    else siblings.push(index)
  }
  const rows: { span: TraceSpan; depth: number; index: number }[] = []
  const open = [...(children.get(null) ?? [])].reverse().map((index) => ({ index, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { index, depth } = next
    rows.push({ span: spans[index] as TraceSpan, depth, index })
    for (const child of [...(children.get(index) ?? [])].reverse()) open.push({ index: child, depth: depth + 1 })
  }
  return rows
}
