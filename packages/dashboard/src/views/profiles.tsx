import { useState } from 'preact/hooks'
import type { ProfileSummary, ProfileType } from '../../../core/src/types/metrics.js'
import { formatFigure } from '../format.js'
import { linkTo } from '../routing.js'
import type { State } from '../state/state.js'
import { Empty, Heads, Moment, Section } from '../ui/bits.js'
import { navigate, useApp } from '../ui/context.js'

export const TYPE_NAMES: Record<ProfileType, string> = {
  cpu: 'CPU time',
  heap: 'memory still in use',
  allocation: 'all allocations',
}
const DURATIONS_MS = [1000, 5000, 10_000, 30_000, 60_000]

export function Profiles({ state }: { state: State }) {
  const { profiles, failures, mode } = state
  if (mode === 'report') return <Empty>A report holds no profiles: they are taken on the live page.</Empty>
  if (profiles === null) {
    return <Empty>{failures.profiles === undefined ? 'Loading…' : `No profiles: ${failures.profiles}.`}</Empty>
  }
  const { available, reason, running } = profiles
  const all = running === null ? profiles.profiles : [running, ...profiles.profiles]
  return (
    <>
      <Section title="Take a profile" note="of the running process, one at a time">
        {available ? <Take state={state} isRunning={running !== null} /> : <Empty>Not possible here: {reason}.</Empty>}
      </Section>
      <Section title="Profiles" note="the newest first; the last ten are kept">
        {all.length === 0 ? (
          <Empty>None yet. The monitor takes short ones by itself where a finding lacks its place.</Empty>
        ) : (
          <ProfileRows state={state} profiles={all} />
        )}
      </Section>
    </>
  )
}

function Take({ state, isRunning }: { state: State; isRunning: boolean }) {
  const { client } = useApp()
  const [type, setType] = useState<ProfileType>('cpu')
  const [durationMs, setDurationMs] = useState(10_000)
  const [refused, setRefused] = useState<string | null>(null)
  const take = async () => {
    const answer = await client?.takeProfile(type, durationMs)
    if (answer === undefined) return
    if ('refused' in answer) setRefused(answer.refused)
    else navigate({ ...state.route, view: 'profile', id: answer.id })
  }
  return (
    <p class="take">
      <select
        class="button"
        aria-label="What"
        value={type}
        onChange={(event) => setType((event.currentTarget as HTMLSelectElement).value as ProfileType)}
      >
        {Object.entries(TYPE_NAMES).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>{' '}
      <select
        class="button"
        aria-label="How long"
        value={String(durationMs)}
        onChange={(event) => setDurationMs(Number((event.currentTarget as HTMLSelectElement).value))}
      >
        {DURATIONS_MS.map((ms) => (
          <option key={ms} value={String(ms)}>
            {formatFigure(ms, 'duration')}
          </option>
        ))}
      </select>{' '}
      <button type="button" class="button" disabled={isRunning} onClick={() => void take()}>
        {isRunning ? 'One is being taken' : 'Take it'}
      </button>{' '}
      {refused !== null && <span role="alert">Refused: {refused}</span>}
    </p>
  )
}

export function stateOf({ state, error }: ProfileSummary): string {
  return error === null ? state : `${state}: ${error}`
}

function ProfileRows({ state, profiles }: { state: State; profiles: readonly ProfileSummary[] }) {
  const { route, nowMs, clockOffsetMs } = state
  return (
    <table>
      <Heads columns={[['Began'], ['Of'], ['State'], ['Length', 'number'], ['File', 'number wide-only']]} />
      <tbody>
        {profiles.map((profile) => (
          <tr key={profile.id}>
            <td class="nowrap">
              <a href={linkTo(route, { view: 'profile', id: profile.id })}>
                <Moment time={profile.startedAt} nowMs={nowMs + clockOffsetMs} />
              </a>
            </td>
            <td>{TYPE_NAMES[profile.type]}</td>
            <td>{stateOf(profile)}</td>
            <td class="number">{formatFigure(profile.durationMs, 'duration')}</td>
            <td class="number wide-only">{formatFigure(profile.sizeBytes, 'bytes')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
