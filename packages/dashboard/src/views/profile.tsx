// One profile: the places in the app's code that took most, whose requests they were, and the flame graph.
import type { Profile, ProfileShare } from '../../../core/src/types/metrics.js'
import { formatFigure, type Unit } from '../format.js'
import { placeOf } from '../markdown.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { formatAge } from '../time.js'
import { Empty, Facts, figure, Heads, Moment, OperationName, Section, Share } from '../ui/bits.js'
import { Flame } from '../ui/flame.js'
import { Place } from '../ui/place.js'
import { stateOf, TYPE_NAMES } from './profiles.js'

const SHOWN = 15

export function ProfileView({ state }: { state: State }) {
  const { route, failures, mode } = state
  const shown = state.profile?.profile.id === route.id ? state.profile : null
  if (shown === null) {
    if (mode === 'report') return <Empty>A report holds no profiles: they are taken on the live page.</Empty>
    return <Empty>{failures.profile === undefined ? 'Loading…' : `No profile: ${failures.profile}.`}</Empty>
  }
  const { profile, flame } = shown
  const unit: Unit = profile.unit === 'ms' ? 'duration' : 'bytes'
  return (
    <article>
      <p class="crumbs">
        <a href={linkTo(route, { view: 'profiles' })}>Profiles</a>
      </p>
      <div class="title-row">
        <h1>Profile of {TYPE_NAMES[profile.type]}</h1>
        {profile.state === 'complete' && (
          <a class="button no-print" href={fileOf(state, profile)} download>
            Download for DevTools
          </a>
        )}
      </div>
      <Facts
        items={[
          ['State', stateOf(profile)],
          ['Began', <Moment key="began" time={profile.startedAt} nowMs={state.nowMs + state.clockOffsetMs} />],
          ['Length', figure(profile.durationMs, 'duration')],
          [profile.unit === 'ms' ? 'At work' : 'Allocated', figure(profile.total, unit), 'Idle time is left out'],
        ]}
      />
      {profile.state === 'running' && <Running state={state} profile={profile} />}
      {profile.state === 'complete' && (
        <>
          <Places state={state} profile={profile} unit={unit} />
          {profile.operations.length > 0 && <Operations state={state} shares={profile.operations} unit={unit} />}
          {flame !== null && (
            <Section title="Flame graph" note="callers above what they call; a click looks closer">
              <Flame key={profile.id} root={flame} unit={unit} />
            </Section>
          )}
          <Functions state={state} profile={profile} unit={unit} />
        </>
      )}
    </article>
  )
}

function Running({ state, profile }: { state: State; profile: Profile }) {
  const leftMs = Date.parse(profile.startedAt) + profile.durationMs - (state.nowMs + state.clockOffsetMs)
  return (
    <p class="empty" aria-busy="true">
      It is being taken{leftMs > 0 ? `: ${formatAge(leftMs)} to go.` : ', and read: a moment more.'}
    </p>
  )
}

function fileOf({ basePath }: State, { id, type }: Profile): string {
  return `${basePath}/profiles/${encodeURIComponent(id)}?format=${type === 'cpu' ? 'cpuprofile' : 'heapprofile'}`
}

function Places({ state, profile, unit }: { state: State; profile: Profile; unit: Unit }) {
  if (profile.places.length === 0) return <Empty>No code of the app's own took a share worth naming.</Empty>
  return (
    <Section title="Places" note="lines of the app's code, with what they called of Node">
      <table>
        <Heads columns={[['Place'], ['Spends it in'], ['For', 'wide-only'], ['Self', 'number'], ['Share', 'number']]} />
        <tbody>
          {profile.places.slice(0, SHOWN).map((place) => {
            const owner = place.operations[0]
            return (
              <tr key={`${placeOf(place.location)} ${place.api}`}>
                <td>
                  <Place state={state} at={place.location} /> {place.location.function}
                </td>
                <td>{place.api === null ? 'its own code' : <code>{place.api}</code>}</td>
                <td class="wide-only">
                  {owner === undefined ? <span class="muted">–</span> : <Owner state={state} of={owner} />}
                </td>
                <td class="number">{formatFigure(place.self, unit)}</td>
                <td class="number share-cell">
                  <Share percent={place.percent} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Section>
  )
}

function Operations({ state, shares, unit }: { state: State; shares: readonly ProfileShare[]; unit: Unit }) {
  return (
    <Section title="Operations" note="what ran when the samples were taken">
      <table>
        <Heads columns={[['Operation'], ['Self', 'number'], ['Share', 'number']]} />
        <tbody>
          {shares.slice(0, SHOWN).map((share) => (
            <tr key={`${share.component} ${share.operation}`}>
              <td>
                <Owner state={state} of={share} />
              </td>
              <td class="number">{formatFigure(share.self, unit)}</td>
              <td class="number share-cell">
                <Share percent={share.percent} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function Owner({ state, of }: { state: State; of: ProfileShare }) {
  if (of.component === null) return <span class="muted">no measured operation</span>
  return <OperationName route={state.route} component={of.component} operation={of.operation} maxLength={52} />
}

function Functions({ state, profile, unit }: { state: State; profile: Profile; unit: Unit }) {
  if (profile.functions.length === 0) return null
  return (
    <Section title="Functions" note="most of their own first">
      <table>
        <Heads columns={[['Function'], ['Where', 'wide-only'], ['Self', 'number'], ['With all it called', 'number']]} />
        <tbody>
          {profile.functions.slice(0, SHOWN).map((each) => (
            <tr key={`${each.function} ${each.location && placeOf(each.location)}`}>
              <td>
                <code>{each.function}</code>
              </td>
              <td class="wide-only">
                <Place state={state} at={each.location} />
              </td>
              <td class="number" title={formatFigure(each.selfPercent, 'percent')}>
                {formatFigure(each.self, unit)}
              </td>
              <td class="number" title={formatFigure(each.totalPercent, 'percent')}>
                {formatFigure(each.total, unit)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
