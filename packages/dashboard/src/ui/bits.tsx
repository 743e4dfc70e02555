// The small parts that every view is made of.
import type { ComponentChildren } from 'preact'
import { exactFigure, formatFigure, shortenMiddle, type Unit } from '../format.js'
import { linkTo, type Route } from '../routing.js'
import { formatAge, formatMoment, formatWhole, toMs } from '../time.js'

export function Figure({ value, unit }: { value: number | null | undefined; unit: Unit }) {
  return <span title={exactFigure(value, unit)}>{formatFigure(value, unit)}</span>
}

/** As an expression, for lists of facts. */
export function figure(value: number | null | undefined, unit: Unit) {
  return <Figure value={value} unit={unit} />
}

export function Cell({ value, unit, wide = false }: { value: number | null | undefined; unit: Unit; wide?: boolean }) {
  return <td class={wide ? 'number wide-only' : 'number'}>{figure(value, unit)}</td>
}

export function Moment({ time, nowMs }: { time: string | null; nowMs: number }) {
  const ms = toMs(time)
  if (ms === null) return <>–</>
  return (
    <time dateTime={time ?? ''} title={formatWhole(ms)}>
      {formatMoment(ms, nowMs)}
    </time>
  )
}

export function Age({ time, nowMs }: { time: string | null; nowMs: number }) {
  const ms = toMs(time)
  if (ms === null) return <>–</>
  return (
    <time dateTime={time ?? ''} title={formatWhole(ms)}>
      {formatAge(nowMs - ms)}
    </time>
  )
}

export function Section(props: {
  title: ComponentChildren
  note?: ComponentChildren
  aside?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section>
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.note && <span class="note">{props.note}</span>}
        {props.aside && <span class="aside">{props.aside}</span>}
      </div>
      {props.children}
    </section>
  )
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

/** Names in backticks are code, as in the Markdown that the same text becomes. */
export function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
}

/** Component and operation, linked to the operation's own view. */
export function OperationName(props: {
  route: Route
  component: string | null
  operation: string | null
  maxLength?: number
}) {
  const { route, component, operation, maxLength = 60 } = props
  if (component === null) return <span class="muted">whole app</span>
  if (operation === null) return <span class="tag">{component}</span>
  return (
    <span class="operation-name">
      <a href={linkTo(route, { view: 'operation', component, operation })} title={operation}>
        {shortenMiddle(operation, maxLength)}
      </a>{' '}
      <span class="tag">{component}</span>
    </span>
  )
}

/** A share as a bar beside its figure; the bar's width comes through the CSSOM, which the content security policy allows. */
export function Share({
  percent,
  tone = 'accent',
}: {
  percent: number | null
  tone?: 'accent' | 'critical' | 'warning'
}) {
  const isTrace = percent !== null && percent > 0 && percent < 0.01
  return (
    <span class="share" title={exactFigure(percent, 'percent')}>
      <span class="share-bar" aria-hidden="true">
        <span class={`share-fill fill-${tone}`} style={{ width: `${Math.min(100, Math.max(0, percent ?? 0))}%` }} />
      </span>
      <span class="share-value">{isTrace ? '< 0.01\u00a0%' : formatFigure(percent, 'percent')}</span>
    </span>
  )
}

/** The head of a table whose columns do not sort: label, and classes that say how its cells are. */
export function Heads(props: { columns: readonly (readonly [label: string, className?: string])[]; class?: string }) {
  return (
    <thead class={props.class}>
      <tr>
        {props.columns.map(([label, className]) => (
          <th scope="col" key={label} class={className}>
            {className?.includes('hidden-label') ? <span class="off-screen">{label}</span> : label}
          </th>
        ))}
      </tr>
    </thead>
  )
}

export function Facts({
  items,
}: {
  items: readonly (readonly [label: string, value: ComponentChildren, title?: string])[]
}) {
  return (
    <dl class="facts">
      {items.map(([label, value, title]) => (
        <div key={label} title={title}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
