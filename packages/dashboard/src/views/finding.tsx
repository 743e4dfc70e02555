import { useState } from 'preact/hooks'
import type { Evidence, OptimizationRecommendation, PerformanceBottleneck } from '../../../core/src/types/findings.js'
import { describeMetric, formatPercent, formatWithUnit } from '../format.js'
import { findingMarkdown, lineOf } from '../markdown.js'
import { linkTo } from '../routing.js'
import { findingOf } from '../state/related.js'
import type { State } from '../state/state.js'
import { Age, Empty, Facts, Heads, Moment, OperationName, Prose, Section } from '../ui/bits.js'
import { copyText } from '../ui/clipboard.js'
import { Place } from '../ui/place.js'
import { Severity } from '../ui/severity.js'
import { SeenIn } from './seen-in.js'

export function Finding({ state }: { state: State }) {
  const { findings, route, nowMs, clockOffsetMs } = state
  const finding = findingOf(state)
  if (finding === undefined) {
    return (
      <Empty>
        {findings === null ? 'Loading…' : 'This finding is not in the shown time: its cause is gone, or began later. '}
        {findings !== null && <a href={linkTo(route, { view: 'findings' })}>All findings</a>}
      </Empty>
    )
  }
  const gone = findings?.resolved.find(({ bottleneck }) => bottleneck === finding)
  const advice =
    gone?.recommendations ?? (findings?.recommendations ?? []).filter(({ bottleneckId }) => bottleneckId === finding.id)
  const now = nowMs + clockOffsetMs
  return (
    <article class="finding">
      <p class="crumbs">
        <a href={linkTo(route, { view: 'findings' })}>Findings</a> / <code>{finding.type}</code>
      </p>
      <div class="title-row">
        <h1>
          <Prose text={finding.title} />
        </h1>
        <CopyButton text={() => findingMarkdown(finding, advice)} />
      </div>
      <p class="lead">
        <Prose text={finding.description} />
      </p>
      <Facts
        items={[
          ['Severity', <Severity key="severity" value={finding.severity} />],
          [
            'Operation',
            <OperationName key="operation" route={route} component={finding.component} operation={finding.operation} />,
          ],
          ['Place', <Place key="place" state={state} at={finding.location} />],
          [
            'Since',
            <span key="since">
              <Moment time={finding.firstSeen} nowMs={now} /> (<Age time={finding.firstSeen} nowMs={now} />)
            </span>,
          ],
          finding.resolvedAt === null
            ? ['Last seen', <Moment key="last" time={finding.lastSeen} nowMs={now} />]
            : ['Gone since', <Moment key="gone" time={finding.resolvedAt} nowMs={now} />],
          ['Impact', formatPercent(finding.impactScore * 100), 'Share of what users feel'],
        ]}
      />
      <Source finding={finding} />
      <SeenIn state={state} finding={finding} />
      {finding.evidence.length > 0 && (
        <Section title="Evidence">
          <EvidenceTable evidence={finding.evidence} />
        </Section>
      )}
      <Section title="What to do">
        {advice.length === 0 ? (
          <Empty>The figures support no concrete advice.</Empty>
        ) : (
          advice.map((recommendation) => <Advice key={recommendation.id} recommendation={recommendation} />)
        )}
      </Section>
      {finding.victims.length > 0 && (
        <Section title="Who suffers from it" note="slow or failing because of this, not by themselves">
          <table class="narrow-table">
            <Heads columns={[['Operation'], ['Figure'], ['Value', 'number']]} />
            <tbody>
              {finding.victims.map((victim) => (
                <tr key={`${victim.component} ${victim.operation}`}>
                  <td>
                    <OperationName route={route} component={victim.component} operation={victim.operation} />
                  </td>
                  <td>{describeMetric(victim.metric).label}</td>
                  <td class="number">{formatWithUnit(victim.value, victim.unit)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
    </article>
  )
}

/** The lines around the place, as they are in the file now. */
function Source({ finding }: { finding: PerformanceBottleneck }) {
  const { location, source } = finding
  if (location === null || source === null) return null
  return (
    <Section title={<code>{lineOf(location)}</code>} note={location.function ?? undefined}>
      <pre class="source">
        <span class="source-lines">
          {source.lines.map((line, index) => {
            const number = source.firstLine + index
            return (
              <span key={number} class={number === location.line ? 'source-line source-culprit' : 'source-line'}>
                <span class="source-number">{number}</span>
                {line}
                {'\n'}
              </span>
            )
          })}
        </span>
      </pre>
    </Section>
  )
}

function EvidenceTable({ evidence }: { evidence: readonly Evidence[] }) {
  return (
    <table class="narrow-table">
      <Heads columns={[['What was measured'], ['Value', 'number'], ['Threshold', 'number']]} />
      <tbody>
        {evidence.map(({ metric, value, unit, threshold }) => (
          <tr key={metric}>
            <th scope="row">{describeMetric(metric).label}</th>
            <td class="number" title={`${value} ${unit}`}>
              <b>{formatWithUnit(value, unit)}</b>
            </td>
            <td class="number">{threshold === undefined ? '' : formatWithUnit(threshold, unit)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Advice({ recommendation }: { recommendation: OptimizationRecommendation }) {
  const { title, description, priority, implementationEffort, type, estimatedImpact: impact, measured } = recommendation
  return (
    <div class="advice">
      <h3>
        <Prose text={title} />
      </h3>
      <p>
        <Prose text={description} />
      </p>
      {impact !== null && impact.predicted !== null && (
        <p class="gain">
          {describeMetric(impact.metric).label}{' '}
          <b>{formatWithUnit(impact.current, describeMetric(impact.metric).unit)}</b> → about{' '}
          <b>{formatWithUnit(impact.predicted, describeMetric(impact.metric).unit)}</b>
          {measured === null ? (
            <span class="muted"> · {sureness(impact.confidence)}</span>
          ) : (
            <span>
              {' '}
              · measured since: <b>{formatWithUnit(measured, describeMetric(impact.metric).unit)}</b>
            </span>
          )}
        </p>
      )}
      <p class="muted">
        Priority {priority} · effort {implementationEffort} · {type.replaceAll('-', ' ')}
      </p>
    </div>
  )
}

function sureness(confidence: number): string {
  const word = confidence >= 0.7 ? 'fairly sure' : confidence >= 0.4 ? 'likely' : 'a guess'
  return `${word} (confidence ${formatPercent(confidence * 100)})`
}

function CopyButton({ text }: { text: () => string }) {
  const [done, setDone] = useState<'idle' | 'copied' | 'refused'>('idle')
  const copy = async () => setDone((await copyText(text())) ? 'copied' : 'refused')
  return (
    <button type="button" class="button no-print" onClick={copy} onBlur={() => setDone('idle')}>
      <span aria-live="polite">
        {done === 'copied' ? 'Copied' : done === 'refused' ? 'The browser refused' : 'Copy as Markdown'}
      </span>
    </button>
  )
}
