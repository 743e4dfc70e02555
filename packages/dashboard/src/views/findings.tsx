import type {
  OptimizationRecommendation,
  PerformanceBottleneck,
  ResolvedFinding,
} from '../../../core/src/types/findings.js'
import type { PerformanceReport } from '../../../core/src/types/report.js'
import { describeMetric, formatWithUnit } from '../format.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { Age, Empty, Heads, Moment, OperationName, Prose, Section } from '../ui/bits.js'
import { Place } from '../ui/place.js'
import { Severity } from '../ui/severity.js'

export function Findings({ state }: { state: State }) {
  const { findings, failures } = state
  const found = findings?.bottlenecks ?? []
  const resolved = findings?.resolved ?? []
  return (
    <>
      <Section title="Findings" note="ranked by what users feel">
        {found.length > 0 ? (
          <FindingRows state={state} findings={found} />
        ) : (
          <Empty>
            {findings !== null
              ? 'Nothing found in the shown time.'
              : failures.report === undefined
                ? 'Loading…'
                : `No findings: ${failures.report}.`}
          </Empty>
        )}
      </Section>
      {findings?.advice != null && <Advice state={state} advice={findings.advice} />}
      {resolved.length > 0 && (
        <Section title="Resolved" note="causes that have gone">
          <ResolvedRows state={state} resolved={resolved} />
        </Section>
      )}
    </>
  )
}

/** Plain text of a language model: nothing in it is markup. */
function Advice({ state, advice }: { state: State; advice: NonNullable<PerformanceReport['advice']> }) {
  return (
    <Section
      title="Advice"
      note={
        <>
          {advice.model ?? 'of the advisor'}, <Moment time={advice.at} nowMs={state.nowMs + state.clockOffsetMs} />: not
          measured, to be checked
        </>
      }
    >
      <p class="lead advice-text">{advice.text}</p>
    </Section>
  )
}

function ResolvedRows({ state, resolved }: { state: State; resolved: readonly ResolvedFinding[] }) {
  const { route, nowMs, clockOffsetMs } = state
  return (
    <table class="findings">
      <Heads columns={[['Cause'], ['Operation', 'wide-only'], ['Was → predicted → measured'], ['Gone', 'number']]} />
      <tbody>
        {resolved.map(({ bottleneck, recommendations }) => (
          <tr key={bottleneck.id}>
            <td class="cause">
              <a href={linkTo(route, { view: 'finding', id: bottleneck.id })}>
                <Prose text={bottleneck.title} />
              </a>
            </td>
            <td class="wide-only">
              <OperationName
                route={route}
                component={bottleneck.component}
                operation={bottleneck.operation}
                maxLength={52}
              />
            </td>
            <td>{outcomeOf(recommendations)}</td>
            <td class="number nowrap">
              <Age time={bottleneck.resolvedAt} nowMs={nowMs + clockOffsetMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What the recommendations had promised, beside what came of it. */
function outcomeOf(recommendations: readonly OptimizationRecommendation[]) {
  for (const { estimatedImpact: impact, measured } of recommendations) {
    if (impact === null || impact.predicted === null || measured === null) continue
    const { label, unit } = describeMetric(impact.metric)
    const [was, predicted, now] = [impact.current, impact.predicted, measured].map((value) =>
      formatWithUnit(value, unit),
    )
    return (
      <>
        {label} {was} → {predicted} → <b>{now}</b>
      </>
    )
  }
  return <span class="muted">–</span>
}

/** `plain`: all of one operation, whose name is known. */
export function FindingRows(props: { state: State; findings: readonly PerformanceBottleneck[]; plain?: boolean }) {
  const { state, findings, plain = false } = props
  const { route, nowMs, clockOffsetMs } = state
  return (
    <table class="findings">
      <Heads
        columns={[
          ['Severity'],
          ['Cause'],
          ...(plain ? [] : [['Operation', 'wide-only'] as const]),
          ['Place', 'wide-only'],
          ['What it would gain', 'wide-only'],
          ['Since', 'number'],
        ]}
      />
      <tbody>
        {findings.map((finding) => (
          <tr key={finding.id}>
            <td class="nowrap">
              <Severity value={finding.severity} />
            </td>
            <td class="cause">
              <a href={linkTo(route, { view: 'finding', id: finding.id })}>
                <Prose text={finding.title} />
              </a>
            </td>
            {!plain && (
              <td class="wide-only">
                <OperationName
                  route={route}
                  component={finding.component}
                  operation={finding.operation}
                  maxLength={52}
                />
              </td>
            )}
            <td class="wide-only">
              <Place state={state} at={finding.location} />
            </td>
            <td class="wide-only nowrap">{gainOf(finding, state.findings?.recommendations ?? [])}</td>
            <td class="number nowrap">
              <Age time={finding.firstSeen} nowMs={nowMs + clockOffsetMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The best prediction among the finding's recommendations; a dash where no model predicts one. */
export function gainOf(finding: PerformanceBottleneck, recommendations: readonly OptimizationRecommendation[]) {
  const impacts = recommendations
    .filter(({ bottleneckId }) => bottleneckId === finding.id)
    .map(({ estimatedImpact }) => estimatedImpact)
    .filter((impact) => impact !== null && impact.predicted !== null)
    .sort((a, b) => (b?.score ?? 0) - (a?.score ?? 0))
  const best = impacts[0]
  if (!best) return <span class="muted">–</span>
  const { label, unit } = describeMetric(best.metric)
  return (
    <span title={`confidence ${Math.round(best.confidence * 100)} %`}>
      {label} {formatWithUnit(best.current, unit)} → {formatWithUnit(best.predicted, unit)}
    </span>
  )
}
