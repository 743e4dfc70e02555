import { useState } from 'preact/hooks'
import type { AlertSilence } from '../../../core/src/types/alerts.js'
import { formatCount } from '../format.js'
import type { State } from '../state/state.js'
import { Empty, Heads, Moment, Section } from '../ui/bits.js'
import { useApp } from '../ui/context.js'
import { AlertHistory, AlertRows } from './alert-table.js'

const FIRST_SHOWN = 100

export function Alerts({ state }: { state: State }) {
  const { alerts, route, failures } = state
  const [all, setAll] = useState(false)
  const nowMs = state.nowMs + state.clockOffsetMs
  if (alerts === null) return <Empty>{failures.alerts ? `No alerts: ${failures.alerts}.` : 'Loading…'}</Empty>
  const { active, history, silences } = alerts
  const shown = all ? history : history.slice(0, FIRST_SHOWN)
  return (
    <>
      <Section title="Active" note={active.length > 0 && formatCount(active.length)}>
        {active.length === 0 ? <Empty>None.</Empty> : <AlertRows alerts={active} route={route} nowMs={nowMs} />}
      </Section>
      {silences.length > 0 && (
        <Section title="Silences" note={formatCount(silences.length)}>
          <Silences silences={silences} nowMs={nowMs} />
        </Section>
      )}
      <Section title="Resolved" note={history.length > 0 && `${formatCount(history.length)}, newest first`}>
        {history.length === 0 ? (
          <Empty>None so far.</Empty>
        ) : (
          <AlertHistory alerts={shown} route={route} nowMs={nowMs} />
        )}
        {shown.length < history.length && (
          <p class="no-print">
            <button type="button" class="button" onClick={() => setAll(true)}>
              Show all {formatCount(history.length)}
            </button>
          </p>
        )}
      </Section>
    </>
  )
}

function Silences({ silences, nowMs }: { silences: readonly AlertSilence[]; nowMs: number }) {
  const { client } = useApp()
  const [problem, setProblem] = useState<string | null>(null)
  const end = async (id: string) => {
    if (client !== null) setProblem(await client.unsilence(id))
  }
  return (
    <>
      <table>
        <Heads
          columns={[
            ['Matches'],
            ['Comment', 'wide-only'],
            ['Until', 'number'],
            ['End', 'number no-print hidden-label'],
          ]}
        />
        <tbody>
          {silences.map(({ id, matcher, comment, endsAt }) => (
            <tr key={id}>
              <td>
                {Object.entries(matcher)
                  .map(([field, value]) => `${field} ${value}`)
                  .join(', ')}
              </td>
              <td class="wide-only">{comment ?? ''}</td>
              <td class="number nowrap">
                <Moment time={endsAt} nowMs={nowMs} />
              </td>
              <td class="number no-print">
                <button type="button" class="button" onClick={() => void end(id)}>
                  end now
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}
