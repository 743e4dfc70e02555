// The kept requests and profiles that show a finding: from the claim to what was measured in one click.
import type { PerformanceBottleneck } from '../../../core/src/types/findings.js'
import type { Trace } from '../../../core/src/types/traces.js'
import { formatCount, formatFigure } from '../format.js'
import { linkTo } from '../routing.js'
import { callsFrom, percentAt, tracedOperation } from '../state/related.js'
import type { State } from '../state/state.js'
import { Cell, Heads, Moment, Section } from '../ui/bits.js'
import { TYPE_NAMES } from './profiles.js'
import { outcomeOf } from './traces.js'

const MAX_REQUESTS = 4
const MIN_PERCENT = 5 // of a profile: less is not what it was taken for

export function SeenIn({ state, finding }: { state: State; finding: PerformanceBottleneck }) {
  const { route, nowMs, clockOffsetMs } = state
  const now = nowMs + clockOffsetMs
  const requests = requestsOf(state, finding)
  const profiles = profilesOf(state, finding)
  if (requests.length + profiles.length === 0) return null
  return (
    <Section title="Seen in" note="what was kept of it">
      <table class="narrow-table">
        <Heads columns={[['Record'], ['Began'], ['What it shows'], ['Length', 'number']]} />
        <tbody>
          {profiles.map(({ profile, percent }) => (
            <tr key={profile.id}>
              <th scope="row">
                <a href={linkTo(route, { view: 'profile', id: profile.id })}>profile of {TYPE_NAMES[profile.type]}</a>
              </th>
              <td class="nowrap">
                <Moment time={profile.startedAt} nowMs={now} />
              </td>
              <td>{formatFigure(percent, 'percent')} of it at this place</td>
              <Cell value={profile.durationMs} unit="duration" />
            </tr>
          ))}
          {requests.map(({ trace, calls }) => (
            <tr key={trace.id}>
              <th scope="row">
                <a href={linkTo(route, { view: 'trace', id: trace.id })} title={trace.operation}>
                  {trace.reason} request
                </a>
              </th>
              <td class="nowrap">
                <Moment time={trace.startedAt} nowMs={now} />
              </td>
              <td>{calls > 1 ? `${formatCount(calls)} calls from this line` : outcomeOf(trace)}</td>
              <Cell value={trace.durationMs} unit="duration" />
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

/** Those that passed the line; where none is known to have, the failed and the slowest of the operation. */
function requestsOf(state: State, { location }: PerformanceBottleneck): { trace: Trace; calls: number }[] {
  const wanted = tracedOperation(state)
  const { traces } = state
  if (traces === null || traces.component !== wanted?.component || traces.operation !== wanted.operation) return []
  const all = traces.traces.map((trace) => ({ trace, calls: location === null ? 0 : callsFrom(trace, location) }))
  const passing = all.filter(({ calls }) => calls > 0)
  const shown = passing.length > 0 ? passing : all.filter(({ trace }) => trace.reason !== 'typical')
  return shown.sort((a, b) => b.trace.durationMs - a.trace.durationMs).slice(0, MAX_REQUESTS)
}

function profilesOf({ profiles, profilePlaces }: State, { location }: PerformanceBottleneck) {
  if (location === null || profiles === null) return []
  return profiles.profiles
    .map((profile) => ({ profile, percent: percentAt(profilePlaces[profile.id] ?? [], location) }))
    .filter(({ percent }) => percent >= MIN_PERCENT)
}
